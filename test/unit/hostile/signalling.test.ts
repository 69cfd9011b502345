import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionError } from '../../../src/errors';
import { explain } from '../../../src/ffmpeg/failure';
import { redact } from '../../../src/redact';
import { networkError } from '../../../src/signalling/network-error';
import { parseInfo, parseInitialiseAnswer } from '../../../src/signalling/response';
import { serverError } from '../../../src/signalling/server-error';
import {
  interfaceOfSpecification,
  parseDescription,
  passesInputsOn,
  withDefaults,
} from '../../../src/signalling/workflow-interface';
import { parseTurnServers } from '../../../src/signalling/turn-lookup';
import { asText, bytes, damagedText, hostileFields, hostileJson, hostileText } from './hostile-inputs';
import { holds, refusesWith } from './holds';

const WHERE = 'http://127.0.0.1:9001';
const SECRET = 'rf_Planted+Key/1';

const blocks = hostileFields(['block_id', 'block_type', 'block_details', 'property_name', 'block_traceback']);
const errorBody = fc
  .tuple(
    hostileFields(['message', 'error', 'error_type', 'inner_error_message', 'blocks_errors', 'detail', 'context']),
    fc.option(fc.array(blocks, { maxLength: 30 }), { nil: undefined }),
    fc.option(fc.array(hostileFields(['type', 'loc', 'msg', 'input']), { maxLength: 30 }), { nil: undefined }),
  )
  .map(([fields, faults, detail]) => ({
    ...fields,
    ...(faults === undefined ? {} : { blocks_errors: faults }),
    ...(detail === undefined ? {} : { detail }),
  }));
const known = [
  '{"message":"x","error_type":"WebRTCConfigurationError"}',
  `{"message":"Unknown output. Available workflow outputs: ['a', '${SECRET}']","error_type":"WebRTCConfigurationError"}`,
  `{"detail":[{"type":"missing","loc":["body","${SECRET}"],"msg":"${SECRET}","input":{"api_key":"${SECRET}"}}]}`,
  `{"message":"m","error_type":"Workflow${SECRET}","blocks_errors":[{"block_id":"${SECRET}","block_type":"${SECRET}"}]}`,
  '<!doctype html><title>nginx</title>',
];
const body = fc.oneof(
  errorBody.map(asText),
  hostileText,
  damagedText(known),
  fc.constantFrom(...known),
  fc.string(),
  bytes().map((data) => data.toString('latin1')),
);
const answer = fc.record({
  status: fc.oneof(fc.constantFrom(400, 401, 404, 422, 429, 500, 502, 503), fc.integer({ min: 100, max: 599 })),
  headers: fc.record({
    'retry-after': fc.option(fc.oneof(fc.constantFrom('1', '-1', '9e99', 'Infinity', 'soon', ''), fc.string()), {
      nil: undefined,
    }),
    location: fc.option(fc.oneof(fc.webUrl(), fc.string()), { nil: undefined }),
  }),
  body,
});

function everythingIn(error: SessionError): string {
  return JSON.stringify([error.message, error.toData()]);
}

describe('a refusal of the server', () => {
  it('of any form becomes one error of bounded size, with a pause that ends', () =>
    holds(
      fc.property(answer, (said) => {
        const error = serverError(said, { where: WHERE, secrets: [SECRET], nowMs: 0 });
        expect(error.message).toContain(WHERE);
        expect(everythingIn(error).length).toBeLessThan(200_000);
        const pauseMs = error.retryAfterMs ?? 0;
        expect(pauseMs >= 0 && pauseMs <= 3_600_000).toBe(true);
      }),
    ));

  it('never shows the key, wherever the server repeats it', () =>
    holds(
      fc.property(answer, fc.nat(), (said, place) => {
        const at = place % (said.body.length + 1);
        const text =
          fc.stringify(place).length % 2 === 0 ? said.body : said.body.slice(0, at) + SECRET + said.body.slice(at);
        const error = serverError({ ...said, body: text }, { where: WHERE, secrets: [SECRET], nowMs: 0 });
        expect(everythingIn(error)).not.toContain(SECRET);
        expect(everythingIn(error)).not.toContain(encodeURIComponent(SECRET));
      }),
    ));

  it.each([
    ['a scheme without an end', 'a.'.repeat(1_000_000)],
    ['a list of outputs without an end', 'available outputs '.repeat(100_000)],
    ['keys without values', 'token '.repeat(300_000)],
    ['quotes', `'"`.repeat(1_000_000)],
    ['white space', ' \t\n'.repeat(600_000)],
    ['a key again and again', SECRET.repeat(100_000)],
  ])('as large as may be, made of %s, is read at once', (_title, text) => {
    for (const value of [text, JSON.stringify({ message: text, error_type: 'WebRTCConfigurationError' })]) {
      const said = { status: 400, headers: {}, body: value };
      const error = refusesWith([], () => serverError(said, { where: WHERE, secrets: [SECRET], nowMs: 0 }));
      expect(error?.message.length).toBeLessThan(3_000);
      expect(error?.message).not.toContain('rf_Planted');
    }
  });
});

describe('a success of the server', () => {
  it('of any form is an answer, or refused', () =>
    holds(
      fc.property(answer, fc.oneof(hostileFields(['sdp', 'type', 'status']), hostileJson), (said, json) => {
        for (const text of [said.body, asText(json)]) {
          const codes = ['SERVER_ANSWER_INVALID'] as const;
          const parsed = refusesWith(codes, () => parseInitialiseAnswer({ ...said, body: text }, WHERE));
          if (parsed !== undefined) expect(parsed.answerSdp.startsWith('v=')).toBe(true);
          refusesWith(codes, () => parseInfo({ ...said, body: text }, WHERE));
        }
      }),
    ));
});

describe('a description of a workflow', () => {
  const port = hostileFields(['type', 'name', 'kind', 'selector', 'default_value']);
  const names = fc.dictionary(fc.string(), hostileJson, { maxKeys: 4 });
  const workflow = fc.oneof(
    hostileFields(['inputs', 'outputs', 'steps']),
    fc.record({ inputs: fc.array(port, { maxLength: 3 }), outputs: fc.array(port, { maxLength: 3 }) }),
    fc.record({ inputs: names, outputs: names }),
    hostileJson,
  );

  it('by the server or by its specification, of any form, gives few names that are text, or nothing', () =>
    holds(
      fc.property(workflow.map(asText), workflow.map(asText), (text, specificationText) => {
        const described: unknown = JSON.parse(text);
        const specification: unknown = JSON.parse(specificationText);
        const told = parseDescription(described);
        const known = [
          told,
          interfaceOfSpecification(specification),
          told === undefined ? undefined : withDefaults(told, specification),
        ];
        for (const { inputs, outputs } of known.filter((one) => one !== undefined)) {
          expect(Math.max(inputs.length, outputs.length)).toBeLessThanOrEqual(200);
          for (const { name, kinds } of [...inputs, ...outputs])
            for (const word of [name, ...kinds]) expect(typeof word === 'string' && word.length <= 200).toBe(true);
        }
        expect(typeof passesInputsOn(specification)).toBe('boolean');
      }),
      0.3,
    ));
});

describe('a list of TURN servers', () => {
  it('of any form gives few servers with names that are text', () =>
    holds(
      fc.property(
        fc.oneof(
          body,
          hostileFields(['urls', 'username', 'credential', 'iceServers']).map(asText),
          fc.array(hostileFields(['urls', 'username', 'credential']), { maxLength: 50 }).map(asText),
        ),
        (text) => {
          const servers = parseTurnServers(text);
          expect(servers.length).toBeLessThanOrEqual(20);
          for (const { urls } of servers) expect([urls].flat().every((url) => typeof url === 'string')).toBe(true);
        },
      ),
    ));
});

describe('a network error', () => {
  it('with any code or chain of causes is explained', () =>
    holds(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'ENOTFOUND', 'ERR_SSL_X'))),
        (codes) => {
          let thrown: unknown = codes[0];
          for (const code of codes) thrown = Object.assign(new Error(code, { cause: thrown }), { code });
          const error = networkError(thrown, WHERE);
          expect(error).toBeInstanceOf(SessionError);
          expect(error.message).not.toContain('undefined');
        },
      ),
    ));
});

describe('the last words of FFmpeg', () => {
  it('of any kind are explained without the password', () =>
    holds(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom(
              'rtsp://user:pa55%20word@cam/live: Invalid data found when processing input',
              '[rtsp @ 0x5] method DESCRIBE failed: 401 Unauthorized pa55 word',
              'rtsp://x ',
            ),
          ),
          { maxLength: 40 },
        ),
        (lines) => {
          const exit = { code: 1, signal: null, stderrTail: lines.join('\n'), closedByUs: false };
          const error = refusesWith([], () => explain(exit, 'Camera rtsp://user:pa55%20word@cam/live', ['pa55 word']));
          expect(error).toBeInstanceOf(SessionError);
          expect(error === undefined ? '' : everythingIn(error)).not.toMatch(/pa55/);
        },
      ),
    ));
});

describe('redaction', () => {
  const url = fc
    .tuple(fc.constantFrom('rtsp', 'https', 'turn', 'RTMP'), fc.stringMatching(/^[\w.~%!$&'()*+,;=:-]{1,30}$/))
    .map(([scheme, userInfo]) => `${scheme}://${userInfo}:s3cr3t@host/path?api_key=s3cr3t&x=1`);

  it('hides what stands in URLs and in the list, whatever surrounds it', () =>
    holds(
      fc.property(fc.string(), url, fc.string(), (before, address, after) => {
        // A word before the scheme would be part of it.
        expect(redact(`${before} ${address} ${after}`)).not.toContain('s3cr3t');
        expect(redact(`${before}${address}${after}`, ['s3cr3t'])).not.toContain('s3cr3t');
      }),
    ));
});
