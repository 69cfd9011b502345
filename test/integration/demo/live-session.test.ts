import { afterEach, describe, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../../../src/demo/demo-server';
import type { DemoFaults } from '../../../src/demo/faults';
import { type ClientOptions, DemoClient, post } from './demo-client';
import { sendPattern } from './pattern-sender';

const undo: (() => Promise<void>)[] = [];
/** Children of the server that live. */
const children = new Set<number>();

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  expect([...children]).toEqual([]);
});

async function setUp(
  options: ClientOptions & { faults?: DemoFaults; fps?: number; frames?: number },
): Promise<{ server: DemoServer; client: DemoClient }> {
  const server = await startDemoServer({
    faults: options.faults ?? {},
    onChild: (pid, running) => (running ? children.add(pid) : children.delete(pid)),
  });
  undo.push(() => server.close());
  const client = new DemoClient(server.url, options);
  undo.push(() => client.close());
  await client.connect();
  undo.push(await sendPattern(client.peer, { fps: options.fps ?? 20, ...options }));
  return { server, client };
}

const BOTH = { stream_output: ['image'], data_output: ['predictions', 'motion', 'alarm'] };

describe('a live session with the demo server', () => {
  it('finds the three squares of the test pattern on every frame after the warm-up and returns the video', async () => {
    const { client } = await setUp({ video: 'sendrecv', fields: { ...BOTH, declared_fps: 20 } });
    await client.until(() => client.messages.length >= 60 && client.frames.length >= 55);
    const counts = client.messages.map(({ outputs }) => {
      const { predictions } = outputs?.['predictions'] as { predictions: unknown[] };
      return predictions.length;
    });
    expect(counts.slice(0, 30).every((count) => count === 0)).toBe(true);
    expect(counts.slice(30).filter((count) => count !== 3)).toEqual([]);
    expect(client.messages.map(({ metadata }) => metadata.frame_id)).toEqual(counts.map((_, index) => index + 1));
    expect(client.messages[0]?.metadata).toMatchObject({ width: 640, height: 360, declared_fps: 20, pts: 0 });
    expect(client.messages.filter(({ outputs }) => outputs?.['alarm'] === true)).toHaveLength(1);
    expect(client.malformed).toEqual([]);
  });

  it('stamps the returned video with the pts of the data plus one constant', async () => {
    const { client } = await setUp({ video: 'sendrecv', fields: BOTH });
    await client.until(() => client.messages.length >= 20 && client.frames.length >= 20);
    const pts = new Set(client.messages.map(({ metadata }) => metadata.pts));
    const origin = (client.frames[0]?.rtpTimestamp90k ?? 0) - (client.messages[0]?.metadata.pts ?? 0);
    const unknown = client.frames.slice(0, 15).filter((frame) => !pts.has(frame.rtpTimestamp90k - origin));
    expect(unknown).toEqual([]);
  });

  it('sends metadata only for an empty data output, then what is asked for while it runs', async () => {
    const { client } = await setUp({ video: 'sendonly' });
    await client.until(() => client.messages.length >= 3);
    expect(client.messages[0]).toMatchObject({ outputs: null, metadata: { errors: [] } });
    client.control({ dataOutput: ['motion', 'nothing'] });
    await client.until(() => client.messages.some(({ outputs }) => outputs !== null));
    const changed = client.messages.find(({ outputs }) => outputs !== null);
    expect(changed?.outputs).toEqual({ motion: false });
    expect(changed?.metadata.errors).toEqual(["Output 'nothing' not found"]);
    client.control({ dataOutput: ['image'] });
    await client.until(() => client.messages.at(-1)?.outputs?.['image'] !== undefined);
    const image = client.messages.at(-1)?.outputs?.['image'] as { type: string; value: string };
    expect(image.type).toBe('base64');
    expect(Buffer.from(image.value, 'base64').subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });

  it('streams the raw picture with an error when the output is taken away', async () => {
    const { client } = await setUp({ video: 'sendrecv', fields: BOTH });
    await client.until(() => client.frames.length >= 3);
    client.control({ streamOutput: [] });
    await client.until(() => (client.messages.at(-1)?.metadata.errors.length ?? 0) > 0);
    const before = client.frames.length;
    await client.until(() => client.frames.length > before + 3);
  });

  it('processes nothing when video is asked for but cannot be returned', async () => {
    const { client } = await setUp({ video: 'sendonly', fields: { ...BOTH, processing_timeout: 1 } });
    const completion = await client.completion();
    expect(completion).toMatchObject({ terminationReason: 'timeout_reached', metadata: { frame_id: 0 } });
    expect(client.messages).toHaveLength(1);
  });

  it('ends at the time limit with a completion message and stays connected', async () => {
    const { client } = await setUp({ video: 'sendonly', fields: { processing_timeout: 5 } });
    const completion = await client.completion();
    const frames = client.messages.filter(({ processingComplete }) => !processingComplete);
    expect(frames.length).toBeGreaterThan(5);
    expect(completion).toMatchObject({
      terminationReason: 'timeout_reached',
      headerFrameId: frames.length + 1,
      metadata: { frame_id: frames.length },
    });
    expect(client.lost).toBeUndefined();
  });

  it('waits for acknowledgements in batch mode, from the first one on', async () => {
    const { client } = await setUp({ video: 'sendonly', fields: { webrtc_realtime_processing: false }, fps: 30 });
    await client.until(() => client.messages.length >= 5);
    client.control({ ack: 100 });
    await client.until(() => client.messages.length >= 101);
    // Everything behind the gate would have come with what the sender has sent since.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.messages).toHaveLength(101);
    client.control({ ack: 101 });
    await client.until(() => client.messages.length === 102);
  });

  it('takes one session more than its limit for too many', async () => {
    const { server } = await setUp({ video: 'sendonly' });
    const clients = Array.from({ length: 8 }, () => new DemoClient(server.url, { video: 'none' }));
    undo.push(async () => {
      await Promise.all(clients.map((client) => client.close()));
    });
    const bodies = await Promise.all(clients.map((client) => client.body()));
    const statuses = await Promise.all(bodies.map(async (body) => (await post(server.url, body)).status));
    expect(statuses.toSorted()).toEqual([...Array.from({ length: 7 }, () => 200), 429]);
  });

  it('answers a bare 500 when there is no codec in common', async () => {
    const server = await startDemoServer();
    undo.push(() => server.close());
    const client = new DemoClient(server.url, { video: 'sendrecv', fields: BOTH, codecs: ['h264'] });
    undo.push(() => client.close());
    const response = await post(server.url, await client.body());
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal error.' });
    expect(server.sessions).toBe(0);
  });

  it('frees the session as soon as the client is gone', async () => {
    const { server, client } = await setUp({ video: 'sendrecv', fields: BOTH });
    await client.until(() => client.messages.length >= 3);
    expect(server.sessions).toBe(1);
    await client.close();
    const startedAt = performance.now();
    while (server.sessions > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect([...children]).toEqual([]);
  });
});

describe('faults of the demo server', () => {
  it('loses the first frames of the video but not their data', async () => {
    const { client } = await setUp({ video: 'sendrecv', fields: BOTH, faults: { dropFirstRtpFrames: 5 } });
    await client.until(() => client.frames.length >= 5);
    expect(client.messages.length).toBeGreaterThan(client.frames.length);
  });

  it('stalls video and data where it is told to', async () => {
    const { client, server } = await setUp({
      ...{ video: 'sendrecv', fields: BOTH },
      faults: { stallRtpAfter: 5, stallDataAfter: 10 },
    });
    await client.until(() => client.messages.length >= 10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.messages).toHaveLength(10);
    expect(client.frames.length).toBeLessThanOrEqual(5);
    server.setFaults({});
    await client.until(() => client.messages.length >= 15);
  });

  it('fails the workflow on chosen frames, with the raw picture in the video', async () => {
    const { client } = await setUp({ video: 'sendrecv', fields: BOTH, faults: { errorFrames: [2] } });
    await client.until(() => client.messages.length >= 4);
    const errors = client.messages.map(({ metadata }) => metadata.errors.length);
    expect(errors.slice(0, 4)).toEqual([0, 1, 0, 0]);
    expect(client.messages[1]?.outputs).toEqual({});
  });

  it('hangs up politely, or falls silent, after so many frames', async () => {
    const polite = await setUp({ video: 'sendonly', faults: { abortAfterFrames: 3, abortKind: 'polite' } });
    await polite.client.until(() => polite.client.lost !== undefined);
    expect(polite.client.lost?.code).toBe('CONNECTION_LOST');
    const silent = await setUp({ video: 'sendonly', faults: { abortAfterFrames: 3 } });
    await silent.client.until(() => silent.client.messages.length >= 3);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(silent.client.messages).toHaveLength(3);
    expect(silent.client.lost).toBeUndefined();
  });
});
