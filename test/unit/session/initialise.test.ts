import { describe, expect, it } from 'vitest';
import { initialiseRequestOf, isRealtime, videoDirection } from '../../../src/session/initialise';
import type { SessionOptions } from '../../../src/session/options';
import { initialiseRequest } from '../../../src/signalling/initialise-request';

function options(source: SessionOptions['source'], streamOutput: string[] = []): SessionOptions {
  return {
    server: { url: 'http://server' },
    workflow: { kind: 'specification', specification: { version: '1.0' } },
    source,
    streamOutput,
  };
}

const bodyOf = (source: SessionOptions['source']): Record<string, unknown> =>
  JSON.parse(initialiseRequest(initialiseRequestOf(options(source), { offerSdp: 'v=0' })).body) as Record<
    string,
    unknown
  >;

describe('a camera that the server opens itself', () => {
  const rtsp = { kind: 'server-rtsp', url: 'rtsp://cam/live', username: 'me', password: 'p@ss' } as const;

  it('is named in the request, with user and password', () => {
    expect(bodyOf(rtsp)).toMatchObject({ rtsp_url: 'rtsp://me:p%40ss@cam/live', webrtc_realtime_processing: true });
    expect(bodyOf(rtsp)).not.toHaveProperty('mjpeg_url');
    expect(bodyOf({ kind: 'server-mjpeg', url: 'http://cam/v' })).toMatchObject({ mjpeg_url: 'http://cam/v' });
  });

  it('keeps its password among the texts that no error may show', () => {
    const { secrets } = initialiseRequest(initialiseRequestOf(options(rtsp), { offerSdp: 'v=0' }));
    expect(secrets).toEqual(expect.arrayContaining(['p@ss', 'p%40ss']));
  });

  it('never offers video of ours: the server would start a second task', () => {
    expect(videoDirection(options(rtsp, ['image']))).toBe('recvonly');
    expect(videoDirection(options(rtsp))).toBe('none');
    expect(isRealtime(options(rtsp))).toBe(true);
  });
});

describe('a source of ours', () => {
  it('offers video, and leaves the addresses out of the request', () => {
    expect(videoDirection(options({ kind: 'test-pattern' }, ['image']))).toBe('sendrecv');
    expect(videoDirection(options({ kind: 'test-pattern' }))).toBe('sendonly');
    const body = bodyOf({ kind: 'stream', url: 'rtsp://cam/live', username: 'me', password: 'p@ss' });
    expect(body).not.toHaveProperty('rtsp_url');
    expect(JSON.stringify(body)).not.toContain('p@ss');
  });
});
