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

  it.each(['worker', 'none'] as const)('to what cannot be are a warning (thread: %s)', async (thread) => {
    const server = await serve({ slowPostMs: 20_000 });
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const workflow = { kind: 'saved', workspaceName: 'w', workflowId: 'i' } as const;
    await using session = new library.WebRTCSession(demoOptions(server.url, { source, workflow }), { thread });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.length > 0);
    session.reconfigure({ dataOutput: ['*'] });
    session.acknowledge(0.5);
    await expect.poll(() => witness.warnings.map(({ code }) => code)).toEqual(['INVALID_OPTION']);
    expect(witness.phases.map(({ phase }) => phase)).toEqual(['connecting']);
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
    const recovery = { startTimeoutMs: 1_500 };
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
