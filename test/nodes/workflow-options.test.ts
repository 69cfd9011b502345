/** What a session node says about the workflow, seen in what the server received and in what comes back. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { recordingServer } from './recording-server';
import { demoFlow, helper, inbox, load, onData, onFrame } from './test-helper';

/** Both ends stay on this machine. */
const LOCAL = { interfaces: '127.0.0.1' };
const SMALL = { width: 320, height: 180 };
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(
  () =>
    new Promise<void>((resolve) => {
      helper.startServer(resolve);
    }),
);
afterEach(async () => {
  await helper.unload();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function recording(...replace: Parameters<typeof recordingServer>) {
  const server = await recordingServer(...replace);
  cleanups.push(() => server.close());
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
