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

const FOUND = { offerSdp: 'v=0', workflow: { kind: 'specification', specification: { version: '1.0' } } } as const;

const bodyOf = (source: SessionOptions['source'], more: Partial<SessionOptions> = {}): Record<string, unknown> => {
  const request = initialiseRequestOf({ ...options(source), ...more }, FOUND);
  return JSON.parse(initialiseRequest(request).body) as Record<string, unknown>;
};

describe('a camera that the server opens itself', () => {
  const rtsp = { kind: 'server-rtsp', url: 'rtsp://cam/live', username: 'me', password: 'p@ss' } as const;

  it('is named in the request, with user and password', () => {
    expect(bodyOf(rtsp)).toMatchObject({ rtsp_url: 'rtsp://me:p%40ss@cam/live', webrtc_realtime_processing: true });
    expect(bodyOf(rtsp)).not.toHaveProperty('mjpeg_url');
    expect(bodyOf({ kind: 'server-mjpeg', url: 'http://cam/v' })).toMatchObject({ mjpeg_url: 'http://cam/v' });
  });

  it('keeps its password among the texts that no error may show', () => {
    const { secrets } = initialiseRequest(initialiseRequestOf(options(rtsp), FOUND));
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

describe('what the request holds of the options', () => {
  const body = bodyOf(
    { kind: 'test-pattern' },
    {
      streamOutput: null,
      dataOutput: ['a', 'b'],
      imageInputName: 'picture',
      workflowParameters: { threshold: 0.5, labels: ['x'] },
      disableSinks: true,
      declaredFps: 12.5,
      realtimeProcessing: false,
      processingTimeoutS: null,
      requestedPlan: 'webrtc-gpu-small',
      requestedRegion: 'eu',
    },
  );

  it('is all of it, null where null means something', () => {
    expect(body).toMatchObject({
      workflow_configuration: {
        image_input_name: 'picture',
        workflows_parameters: { threshold: 0.5, labels: ['x'] },
        disable_sinks: true,
      },
      stream_output: null,
      data_output: ['a', 'b'],
      declared_fps: 12.5,
      webrtc_realtime_processing: false,
      processing_timeout: null,
      requested_plan: 'webrtc-gpu-small',
      requested_region: 'eu',
    });
  });

  it('is nothing of what was left out, so that the server decides', () => {
    const left = bodyOf({ kind: 'test-pattern' });
    for (const field of ['processing_timeout', 'declared_fps', 'requested_plan', 'requested_region']) {
      expect(left).not.toHaveProperty(field);
    }
    expect(left['workflow_configuration']).not.toHaveProperty('disable_sinks');
    expect(left).toMatchObject({ stream_output: [], data_output: ['*'], webrtc_realtime_processing: true });
  });
});
