import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../../../nodes/runtime/templates';
import { parseOutputPath, valueAt } from '../../../nodes/runtime/output-path';
import { SessionError } from '../../../src/errors';
import { SignallingClient } from '../../../src/signalling/client';
import { readArgs } from '../../../src/source/source-arguments';
import { parsePulledAddress } from '../../../src/source/pulled-address';
import { parseStreamAddress } from '../../../src/source/stream-address';
import { answering } from '../signalling/http-server';
import { damagedText, hostileJson } from './hostile-inputs';
import { holds, refusesWith } from './holds';

const program = { version: '5.1' };
const hostileAddress = fc.oneof(
  damagedText([
    'rtsp://cam1:554/live?x=1',
    'concat:/etc/passwd|/etc/group',
    'subfile,,start,0,end,9,,:/etc/passwd',
    'file:///etc/passwd',
    'http://h/a.m3u8 -y /tmp/x',
    '-f lavfi -i testsrc',
    'rtsp://h/$(touch /tmp/x);`id`|cat',
    'tee:[f=nut]/tmp/x|pipe:1',
    'C:\\clips\\a.mp4',
    'RTSP://h/\r\nX-Evil: 1',
  ]),
  fc.string(),
  fc.webUrl(),
);

describe('an address from a flow', () => {
  it('is one argument behind -i, with its protocols listed before it, or refused', () =>
    holds(
      fc.property(hostileAddress, fc.string(), fc.string(), (url, username, password) => {
        const codes = ['INVALID_OPTION'] as const;
        const address = refusesWith(codes, () => parseStreamAddress({ url, username, password }));
        if (address === undefined) return;
        const target = address.kind === 'network' ? address.url : address.path;
        const args = refusesWith(codes, () => readArgs({ ffmpeg: program, url: target, username, password }));
        if (args === undefined) return;
        const plain = readArgs({ ffmpeg: program, url: address.kind === 'network' ? `${address.scheme}://h/` : '/a' });
        expect(args).toHaveLength(plain.length);
        const place = args.indexOf('-i');
        expect(args.map((arg, index) => (index === place + 1 ? '' : arg))).toEqual(
          plain.map((arg, index) => (index === place + 1 ? '' : arg)),
        );
        const input = args[place + 1] ?? '';
        expect(input).toMatch(/^(rtsps?|rtmps?|https?|file):/);
        expect(input).not.toMatch(/[\u0000-\u001f\u007f]/);
        expect(args.slice(0, place)).toContain('-protocol_whitelist');
      }),
    ));

  it('that the server shall open is a URL of the right kind, or refused', () =>
    holds(
      fc.property(hostileAddress, (url) => {
        const pulled = refusesWith(['INVALID_OPTION'], () => parsePulledAddress({ kind: 'server-rtsp', url }));
        if (pulled !== undefined) expect(pulled.url).toMatch(/^rtsps?:\/\/[^\s]/);
      }),
    ));
});

describe('a template', () => {
  it('puts text in as it is: what looks like a template in it stays text', () =>
    holds(
      fc.asyncProperty(
        fc.oneof(
          fc.constantFrom('{{env.SECRET}}', '{{{env.SECRET}}}', '{{=<% %>=}}<%env.SECRET%>', '{{> x}}'),
          fc.string(),
        ),
        async (value) => {
          const rendered = await renderTemplate('a{{payload.name}}b', 'url', {
            message: { payload: { name: value } },
            environment: () => 'planted',
            context: () => Promise.resolve('planted'),
          });
          expect(rendered).toBe(`a${value}b`);
        },
      ),
    ));

  it('of any form is filled in or refused', () =>
    holds(
      fc.asyncProperty(
        damagedText(['rtsp://{{a.b}}/{{#c}}{{.}}{{/c}}{{flow[x].y}}']),
        hostileJson,
        async (text, message) => {
          const scope = { message, environment: () => undefined, context: () => Promise.resolve(undefined) };
          const outcome = await renderTemplate(text, 'url', scope).catch((thrown: unknown) => thrown);
          if (typeof outcome !== 'string') expect(outcome).toMatchObject({ code: 'TEMPLATE_UNRESOLVED' });
        },
      ),
    ));
});

describe('a path into the outputs', () => {
  it('of any form finds own values only', () =>
    holds(
      fc.property(
        fc.oneof(
          damagedText(['a.b[0]["c.d"]', '__proto__.polluted', 'constructor.prototype', 'a.length']),
          fc.string(),
        ),
        hostileJson,
        (text, json) => {
          const segments = parseOutputPath(text);
          if (segments === undefined) return;
          const value = valueAt({ a: json }, segments);
          expect(typeof value === 'function' || value === Object.prototype).toBe(false);
        },
      ),
    ));
});

describe('an API key', () => {
  it('cannot become a header line', async () => {
    const server = await answering({ status: 401, body: { message: 'no' } });
    for (const apiKey of ['key\r\nX-Evil: 1', 'key\nX-Evil: 1', 'key\u0000', 'schlüssel\u2028']) {
      const client = new SignallingClient({
        server: { url: server.url, apiKey, apiKeyTransport: 'header' },
        timeoutMs: 5_000,
      });
      const failure: unknown = await client.info(new AbortController().signal).catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(SessionError);
      expect(JSON.stringify([String(failure), (failure as SessionError).toData()])).not.toContain('X-Evil');
      await client.close();
    }
    expect(server.requests.some(({ headers }) => 'x-evil' in headers)).toBe(false);
    await server.close();
  });
});
