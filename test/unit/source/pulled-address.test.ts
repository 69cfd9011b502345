import { describe, expect, it } from 'vitest';
import { isPulled, parsePulledAddress } from '../../../src/source/pulled-address';
import type { PulledSpec } from '../../../src/source/spec';

describe('parsePulledAddress', () => {
  it.each([
    ['server-rtsp', 'rtsp://cam:554/live?x=1'],
    ['server-rtsp', 'rtsps://cam/live'],
    ['server-mjpeg', 'http://cam/video.mjpg'],
    ['server-mjpeg', 'https://cam/video.mjpg'],
  ] as const)('takes %s from %s as it is', (kind, url) => {
    expect(parsePulledAddress({ kind, url })).toEqual({ url, label: url });
  });

  it('puts user and password into the URL for the server, percent-encoded, and keeps them out of the name', () => {
    const spec: PulledSpec = { kind: 'server-rtsp', url: 'rtsp://cam/live', username: 'a@b', password: 'p:s/w rd' };
    expect(parsePulledAddress(spec)).toEqual({ url: 'rtsp://a%40b:p%3As%2Fw%20rd@cam/live', label: 'rtsp://cam/live' });
  });

  it.each([
    ['server-rtsp', 'http://cam/video.mjpg', 'rtsp:// or rtsps://'],
    ['server-mjpeg', 'rtsp://cam/live', 'http:// or https://'],
    ['server-mjpeg', '/clips/a.mp4', 'http:// or https://'],
    ['server-rtsp', 'file:///etc/passwd', 'rtsp:// or rtsps://'],
    ['server-rtsp', 'gopher://cam', 'gopher:'],
    ['server-rtsp', '', 'no address'],
    ['server-rtsp', 'rtsp://me:hunter2@cam/live', 'user or password'],
  ] as const)('refuses %s from "%s"', (kind, url, reason) => {
    const parse = (): unknown => parsePulledAddress({ kind, url });
    expect(parse).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    expect(parse).toThrow(reason);
    expect(parse).not.toThrow('hunter2');
  });

  it('tells these sources from those whose video is sent from here', () => {
    expect(isPulled({ kind: 'server-mjpeg', url: 'http://cam/' })).toBe(true);
    expect(isPulled({ kind: 'stream', url: 'rtsp://cam/' })).toBe(false);
  });
});
