import { describe, expect, it } from 'vitest';
import { authorization, initialiseRequest } from '../../../src/signalling/initialise-request';
import type { InitialiseRequest } from '../../../src/signalling/initialise-request';

const SAVED: InitialiseRequest = {
  offerSdp: 'v=0',
  workflow: { kind: 'saved', workspaceName: 'acme', workflowId: 'count' },
};
const bodyOf = (...parameters: Parameters<typeof initialiseRequest>) =>
  JSON.parse(initialiseRequest(...parameters).body) as unknown;

describe('initialiseRequest', () => {
  it('sends only what was given, so that the server keeps its defaults', () => {
    expect(bodyOf(SAVED)).toEqual({
      workflow_configuration: { type: 'WorkflowConfiguration', workspace_name: 'acme', workflow_id: 'count' },
      webrtc_offer: { type: 'offer', sdp: 'v=0' },
    });
  });

  it('knows every field of the protocol', () => {
    const specification = { version: '1.0', inputs: [], steps: [], outputs: [] };
    const request: InitialiseRequest = {
      offerSdp: 'v=0',
      workflow: { kind: 'specification', specification },
      streamOutput: ['image'],
      dataOutput: ['*'],
      imageInputName: 'picture',
      videoMetadataInputName: 'video',
      workflowParameters: { confidence: 0.5 },
      workflowThreads: 2,
      executionEngineThreads: 3,
      cancelThreadPoolTasksOnExit: false,
      disableSinks: true,
      iceServers: [{ urls: ['turn:turn.example.org'], username: 'u', credential: 'c' }],
      turnServer: { urls: 'turn:old.example.org', username: 'u', credential: 'c' },
      realtimeProcessing: false,
      declaredFps: 29.97,
      rtspUrl: 'rtsp://camera/1',
      mjpegUrl: 'http://camera/2',
      processingTimeoutS: 600,
      requestedPlan: 'webrtc-gpu-large',
      requestedGpu: 'tesla',
      requestedRegion: 'eu',
      isPreview: true,
      videoFileUpload: true,
      manualMode: false,
    };
    expect(bodyOf(request, { apiKey: 'key-1' })).toEqual({
      api_key: 'key-1',
      workflow_configuration: {
        type: 'WorkflowConfiguration',
        workflow_specification: specification,
        image_input_name: 'picture',
        workflows_parameters: { confidence: 0.5 },
        video_metadata_input_name: 'video',
        workflows_thread_pool_workers: 2,
        execution_engine_thread_pool_workers: 3,
        cancel_thread_pool_tasks_on_exit: false,
        disable_sinks: true,
      },
      webrtc_offer: { type: 'offer', sdp: 'v=0' },
      webrtc_config: { iceServers: [{ urls: ['turn:turn.example.org'], username: 'u', credential: 'c' }] },
      webrtc_turn_config: { urls: 'turn:old.example.org', username: 'u', credential: 'c' },
      webrtc_realtime_processing: false,
      stream_output: ['image'],
      data_output: ['*'],
      declared_fps: 29.97,
      rtsp_url: 'rtsp://camera/1',
      mjpeg_url: 'http://camera/2',
      processing_timeout: 600,
      requested_plan: 'webrtc-gpu-large',
      requested_gpu: 'tesla',
      requested_region: 'eu',
      is_preview: true,
      video_file_upload: true,
      manual_mode: false,
    });
  });

  it('sends null where null means something: no time limit, outputs to be detected', () => {
    const body = bodyOf({ ...SAVED, processingTimeoutS: null, streamOutput: null, dataOutput: null });
    expect(body).toMatchObject({ processing_timeout: null, stream_output: null, data_output: null });
  });

  it('names the version of a saved workflow', () => {
    const workflow = { kind: 'saved' as const, workspaceName: 'acme', workflowId: 'count', workflowVersionId: '7' };
    expect(bodyOf({ ...SAVED, workflow })).toMatchObject({ workflow_configuration: { workflow_version_id: '7' } });
  });

  it.each([
    ['legacy', { api_key: 'key-1' }, undefined],
    ['both', { api_key: 'key-1' }, 'Bearer key-1'],
    ['header', {}, 'Bearer key-1'],
  ] as const)('sends the key by transport %s, in %j', (apiKeyTransport, inBody, inHeader) => {
    const { headers, body } = initialiseRequest(SAVED, { apiKey: 'key-1', apiKeyTransport });
    expect(headers['authorization']).toBe(inHeader);
    const { api_key } = JSON.parse(body) as { api_key?: string };
    expect(api_key === undefined ? {} : { api_key }).toEqual(inBody);
  });

  it('sends no header without a key', () => {
    expect(authorization({ apiKeyTransport: 'header' })).toEqual({});
  });

  it('collects what no message may show', () => {
    const { secrets } = initialiseRequest(
      {
        ...SAVED,
        rtspUrl: 'rtsp://user:p%40ss@camera/1',
        iceServers: [{ urls: 'turn:x', credential: 'turn-secret' }, { urls: 'stun:y' }],
      },
      { apiKey: 'key-1' },
    );
    expect(secrets).toEqual(expect.arrayContaining(['key-1', 'turn-secret', 'p%40ss', 'p@ss']));
  });

  it.each([
    ['a workflow without a name', { workflow: { kind: 'saved', workspaceName: 'acme', workflowId: '' } }],
    ['an empty specification', { workflow: { kind: 'specification', specification: {} } }],
    ['a time limit of zero', { processingTimeoutS: 0 }],
    ['a time limit with a fraction', { processingTimeoutS: 1.5 }],
    ['a frame rate that is no number', { declaredFps: NaN }],
    ['an RTSP address of another scheme', { rtspUrl: 'http://camera/1' }],
    ['an MJPEG address that is none', { mjpegUrl: 'camera' }],
  ] as [string, Partial<InitialiseRequest>][])('refuses %s before anything is sent', (_, change) => {
    expect(() => initialiseRequest({ ...SAVED, ...change })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
  });
});
