import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseStreamAddress } from '../../../src/source/stream-address';

const codeOf = (url: string, login: { username?: string; password?: string } = {}): unknown => {
  try {
    return parseStreamAddress({ url, ...login });
  } catch (thrown) {
    return thrown;
  }
};

describe('parseStreamAddress', () => {
  it.each(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'http', 'https'])('takes %s URLs, in any case', (scheme) => {
    const url = `${scheme.toUpperCase()}://cam1:554/LIVE?x=1`;
    expect(parseStreamAddress({ url })).toMatchObject({
      kind: 'network',
      scheme,
      url: `${scheme}://cam1:554/LIVE?x=1`,
    });
  });

  it.each([
    ['/clips/a.mp4', '/clips/a.mp4'],
    ['clips/a.mp4', resolve('clips/a.mp4')],
    ['file:///clips/with%20blank.mp4', '/clips/with blank.mp4'],
    ['  /clips/a:b|c.mp4 ', '/clips/a:b|c.mp4'],
  ])('takes %s for a file', (url, path) => {
    expect(parseStreamAddress({ url })).toMatchObject({ kind: 'file', path });
  });

  it.each([
    'concat:/etc/passwd|/etc/group',
    'subfile,,start,0,end,9,,:/etc/passwd',
    'pipe:0',
    'data:video/mp4;base64,AAAA',
    'crypto+file:/x',
    'udp://239.0.0.1:1234',
    'ftp://host/x.mp4',
    'lavfi:testsrc',
  ])('refuses %s: only listed schemes pass', (url) => {
    expect(codeOf(url)).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it.each(['', '   ', '-i', '-f lavfi', 'rtsp://cam\n1/x', '/a\u0000b', 'rtsp://', 'rtsp:/cam1/x', 'http:cam1'])(
    'refuses %j, which is no address',
    (url) => {
      expect(codeOf(url)).toMatchObject({ code: 'INVALID_OPTION' });
    },
  );

  it('refuses credentials inside the URL, says where they belong and does not repeat them', () => {
    const error = codeOf('rtsp://admin:hunter2@cam1/live');
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(String(error)).toMatch(/fields for user and password/);
    expect(String(error)).not.toMatch(/hunter2|admin/);
  });

  it.each(['rtsp://admin:hunter2/x@cam1/live', 'rtsp://admin:hunter2#?@cam1/live', 'http://a:hunter2/b@c@cam1'])(
    'does not repeat the password of %s, which is no URL because of it',
    (url) => {
      expect(codeOf(url)).toMatchObject({ code: 'INVALID_OPTION' });
      expect(String(codeOf(url))).toMatch(/cam1/);
      expect(String(codeOf(url))).not.toMatch(/hunter2|admin/);
    },
  );

  it('keeps credentials out of everything that people see', () => {
    const address = parseStreamAddress({ url: 'rtsp://cam1/live?token=abc123', username: 'u', password: 'hunter2' });
    expect(address.label).toMatch(/^rtsp:\/\/cam1\/live\?token=/);
    expect(address.label).not.toContain('abc123');
    expect(address.secrets).toEqual(['hunter2']);
  });

  it('takes an @ behind the host for part of the path', () => {
    expect(parseStreamAddress({ url: 'rtsp://cam1/ch@1' })).toMatchObject({ kind: 'network' });
  });
});
