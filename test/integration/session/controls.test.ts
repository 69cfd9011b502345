/** What a user says to a running session, at good moments and at bad ones. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { DemoFaults } from '../../../src/demo/faults';
import { clip, demo, demoOptions, library, Witness } from './support';

type Server = Awaited<ReturnType<typeof demo.startDemoServer>>;
const open: Server[] = [];
async function serve(faults: DemoFaults = {}): Promise<Server> {
  const server = await demo.startDemoServer({ faults });
  open.push(server);
  return server;
}
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('outputs that are changed', () => {
  it('while the server is still answering are changed once it has', async () => {
    const server = await serve({ slowPostMs: 800 });
    await using session = new library.WebRTCSession(demoOptions(server.url, { dataOutput: ['motion'] }));
    const witness = new Witness(session);
    session.start();
    // The test pattern is open and the POST on its way.
    await witness.until(() => witness.lastStats?.source !== undefined && witness.lastStats.source !== null);
    expect(witness.data).toHaveLength(0);
    session.reconfigure({ dataOutput: ['alarm'] });
    await witness.until(() => Object.keys(witness.data.at(-1)?.outputs ?? {}).join() === 'alarm');
  });

  it('to what cannot be are refused, and the session goes on', async () => {
    const server = await serve({ slowPostMs: 20_000 });
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const workflow = { kind: 'saved', workspaceName: 'w', workflowId: 'i' } as const;
    await using session = new library.WebRTCSession(demoOptions(server.url, { source, workflow }), {
      thread: 'worker',
    });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.length > 0);
    expect(() => session.reconfigure({ dataOutput: ['*'] })).toThrow(/cannot be asked of a saved workflow/);
    session.acknowledge(0.5);
    expect(witness.phases.map(({ phase }) => phase)).toEqual(['connecting']);
    await session.close();
    expect(() => session.reconfigure({ dataOutput: ['motion'] })).toThrow(/closed/);
  });

  it('are the picture and the data from the next frames on, and after a reconnect too', async () => {
    const server = await serve();
    const crop = {
      ...{ type: 'roboflow_core/absolute_static_crop@v1', name: 'crop', images: '$inputs.image' },
      ...{ x_center: 100, y_center: 100, width: 80, height: 80 },
    };
    const { steps, outputs, ...rest } = library.DEMO_WORKFLOW_SPECIFICATION as { steps: object[]; outputs: object[] };
    const cut = { type: 'JsonField', name: 'cut', selector: '$steps.crop.crops' };
    const specification = { ...rest, steps: [...steps, crop], outputs: [...outputs, cut] };
    const options = demoOptions(server.url, { workflow: { kind: 'specification', specification } });
    await using session = new library.WebRTCSession({ ...options, recovery: { baseDelayMs: 50 } });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.some(({ width }) => width === 480));
    session.reconfigure({ streamOutput: ['cut'], dataOutput: ['alarm'] });
    const changed = () => {
      const [frame, data] = [witness.frames.at(-1), witness.data.at(-1)];
      return frame?.width === 80 && Object.keys(data?.outputs ?? {}).join() === 'alarm';
    };
    await witness.until(changed);
    server.setFaults({ abortAfterFrames: 1, abortKind: 'polite' });
    await witness.until(() => witness.phases.some(({ phase }) => phase === 'reconnecting'));
    server.setFaults({});
    const [frames, data] = [witness.frames.length, witness.data.length];
    await witness.until(() => witness.frames.length > frames && witness.data.length > data + 3);
    expect(witness.frames.slice(frames).every(({ width }) => width === 80)).toBe(true);
    expect(witness.data.slice(data).every(({ outputs: found }) => Object.keys(found ?? {}).join() === 'alarm')).toBe(
      true,
    );
  });
});

describe.skipIf(!existsSync(clip('ten-frames.mp4')))('a file of which only data is wanted', () => {
  it.each([
    ['no pictures', { streamOutput: [] }],
    ['pictures as they come', { streamOutput: ['image'] }],
  ])('needs no FFmpeg on this side: %s', async (_title, wanted) => {
    const server = await serve();
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const options = demoOptions(server.url, { source, ffmpegPath: '/nowhere/ffmpeg', ...wanted });
    const session = new library.WebRTCSession(options, { thread: 'none' });
    const witness = new Witness(session);
    await session.run();
    expect(witness.data).toHaveLength(10);
    expect(witness.frames).toHaveLength(wanted.streamOutput.length * 10);
  });

  it('gets through with every message of a stretch damaged', async () => {
    const server = await serve({ malformedJsonFrames: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source, streamOutput: [] }));
    const witness = new Witness(session);
    await session.run();
    expect(await witness.ended).toMatchObject({ outcome: 'complete' });
    expect(witness.lastStats).toMatchObject({ messagesMalformed: 10, dataReceived: 0 });
  });
});

describe('a file whose server falls silent', () => {
  it.skipIf(!existsSync(clip('ten-frames.mp4')))('is a failure after the limit, not a wait for ever', async () => {
    const server = await serve({ stallDataAfter: 4, neverCompletes: true });
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const recovery = { startTimeoutMs: 5_000 };
    const session = new library.WebRTCSession(demoOptions(server.url, { source, streamOutput: [], recovery }));
    const witness = new Witness(session);
    await expect(session.run()).rejects.toMatchObject({ code: 'STALLED' });
    expect(witness.data).toHaveLength(4);
  });
});

describe('a handler that throws what is no error at all', () => {
  it('is reported, and fields are told in the order of their frames beside a slow handler', async () => {
    const server = await serve();
    await using session = new library.WebRTCSession(demoOptions(server.url), { thread: 'none' });
    const witness = new Witness(session);
    const told: number[] = [];
    session.onData(() => {
      throw Object.create(null);
    });
    session.onData(({ metadata }) => new Promise((resolve) => setTimeout(resolve, metadata.frame_id % 2 ? 300 : 0)));
    session.onData('motion', (_value, { frame_id }) => void told.push(frame_id));
    session.start();
    await witness.until(() => witness.data.length > 12 && witness.warnings.length > 2);
    expect(witness.warnings[0]).toMatchObject({ code: 'HANDLER_FAILED' });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.length).toBeGreaterThan(10);
  });
});
