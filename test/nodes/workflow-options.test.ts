/** What a session node says about the workflow, seen in what the server received and in what comes back. */
import { describe, expect, it } from 'vitest';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../src/index';
import { recordingServer } from './recording-server';
import { isRecord } from '../../src/json';
import { demoFlow, getNode, helper, inbox, load, onData, onFrame, serveFlows } from './test-helper';

/** Both ends stay on this machine. */
const LOCAL = { interfaces: '127.0.0.1' };
const SMALL = { width: 320, height: 180 };

const cleanUps = serveFlows();

async function recording(...replace: Parameters<typeof recordingServer>) {
  const server = await recordingServer(...replace);
  cleanUps.push(() => server.close());
  return server;
}

describe('a session that runs only a model', () => {
  it('runs on the built-in demo, without an account: pictures come with their predictions', async () => {
    const listeners = [...onData('data', ['predictions']), ...onFrame('frame')];
    await load(demoFlow(SMALL, listeners, { workflow: 'model', modelId: 'demo-object-detection' }));
    const frames = inbox('frame-0');
    const seen = await frames.first(({ predictions }) => JSON.stringify(predictions ?? '').includes('"motion"'));
    expect(seen).toMatchObject(SMALL);
    expect(seen['data']).toEqual({ predictions: seen['predictions'] });
    expect(await inbox('data-0').first()).toMatchObject({ topic: 'predictions' });
    expect(inbox('errors').messages).toEqual([]);
  });

  it('asks for predictions with the pictures though no on-data names them, and looks its task up with the key', async () => {
    const server = await recording();
    helper.settings({ webrtcSessionPlatformUrl: server.url });
    const session = { server: 'own', url: server.url, workflow: 'model', modelId: 'demo-classification', ...LOCAL };
    await load(demoFlow(SMALL, onFrame('frame'), { ...session, turnLookup: 'never' }), {
      session: { apiKey: 'rf_planted' },
    });
    const frame = await inbox('frame-0').first(({ predictions }) => predictions !== null);
    helper.settings({});
    expect(frame).toMatchObject({ predictions: { prediction_type: 'classification' } });
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/models/v1/external/stat?modelId=demo-classification',
      '/initialise_webrtc_worker',
      '/info',
    ]);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer rf_planted');
    expect(server.initialised()[0]).toMatchObject({
      stream_output: ['image'],
      data_output: ['predictions'],
      workflow_configuration: {
        workflow_specification: {
          steps: [{ type: 'roboflow_core/roboflow_classification_model@v2', images: '$inputs.image' }],
        },
      },
    });
  });
});

describe('what a session node says reaches the server', () => {
  it('whole: saved workflow with its version, parameters of every type, and every other option', async () => {
    const server = await recording({ '/initialise_webrtc_worker': () => [404, { message: 'Not found: workflow' }] });
    process.env['TEST_MODE'] = 'day';
    const parameters = [
      { name: 'label', type: 'str', value: 'at {{payload.site}}' },
      { name: 'threshold', type: 'num', value: '0.5' },
      { name: 'strict', type: 'bool', value: 'true' },
      { name: 'classes', type: 'json', value: '["car"]' },
      { name: 'zone', type: 'msg', value: 'payload.zone[0]' },
      { name: 'mode', type: 'env', value: 'TEST_MODE' },
      { name: 'site', type: 'flow', value: 'site' },
      { name: 'limit', type: 'global', value: 'limit' },
    ];
    const session = {
      ...{ server: 'hosted', hostedUrl: server.url, plan: 'webrtc-gpu-small', region: 'ap', turnLookup: 'never' },
      ...{ workflow: 'saved', workspace: 'acme', workflowId: 'count', workflowVersion: '7', imageInput: 'picture' },
      ...{ parameters, disableSinks: true, keyTransport: 'both', declaredFps: '12.5', lifetime: 'auto' },
      ...{ data: 'hand', dataOutputs: '*', video: 'always', imageOutput: '', ...LOCAL },
    };
    await load(demoFlow({ ...SMALL, start: 'message', liveProcessing: 'batch' }, [], session), {
      session: { apiKey: 'rf_planted' },
    });
    getNode('stream').context().flow.set('site', 'north');
    getNode('stream').context().global.set('limit', 0);
    getNode('stream').receive({ action: 'start', payload: { site: 'gate', zone: [[1, 2]] } });
    await inbox('errors').error('WORKFLOW_NOT_FOUND');
    delete process.env['TEST_MODE'];
    const [body] = server.initialised();
    expect({ ...body, webrtc_offer: null }).toEqual({
      api_key: 'rf_planted',
      workflow_configuration: {
        type: 'WorkflowConfiguration',
        workspace_name: 'acme',
        workflow_id: 'count',
        workflow_version_id: '7',
        image_input_name: 'picture',
        workflows_parameters: {
          label: 'at gate',
          threshold: 0.5,
          strict: true,
          classes: ['car'],
          zone: [1, 2],
          mode: 'day',
          site: 'north',
          limit: 0,
        },
        disable_sinks: true,
      },
      webrtc_offer: null,
      webrtc_realtime_processing: false,
      stream_output: null,
      data_output: ['*'],
      declared_fps: 12.5,
      requested_plan: 'webrtc-gpu-small',
      requested_region: 'ap',
    });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer rf_planted');
  });

  it('a specification from the start message runs, with no time limit and the key in the header alone', async () => {
    const server = await recording();
    const from = { workflow: 'specification', specificationType: 'msg', specification: 'payload' };
    const session = { server: 'own', url: server.url, lifetime: 'auto', keyTransport: 'header', ...from, ...LOCAL };
    const listeners = onData('data', ['motion']);
    await load(demoFlow({ ...SMALL, start: 'message' }, listeners, session), { session: { apiKey: 'rf_planted' } });
    getNode('stream').receive({ action: 'start', payload: { nothing: 'to run' } });
    await inbox('errors').error('WORKFLOW_INVALID');
    getNode('stream').receive({ action: 'start', payload: JSON.stringify(DEMO_WORKFLOW_SPECIFICATION) });
    await inbox('data-0').first();
    const body = server.initialised().at(-1);
    expect(body).toMatchObject({
      workflow_configuration: { workflow_specification: DEMO_WORKFLOW_SPECIFICATION },
      processing_timeout: null,
      stream_output: [],
      data_output: ['motion'],
      webrtc_realtime_processing: true,
    });
    expect(body).not.toHaveProperty('api_key');
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer rf_planted');
  });

  it('a live source whose every frame counts loses none, in order', async () => {
    const listeners = onData('data', ['motion']);
    await load(demoFlow({ ...SMALL, fps: 20, frameCount: 40, liveProcessing: 'batch' }, listeners));
    await inbox('states').first(({ payload }) => isRecord(payload) && payload['state'] === 'complete', 40_000);
    const ids = inbox('data-0').messages.map(({ metadata }) => (metadata as { frame_id: number }).frame_id);
    expect(ids).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});
