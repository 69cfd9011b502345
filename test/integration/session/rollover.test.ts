/** A session that nears its time limit is replaced by a fresh one: no frame is missing, nothing is left behind. */
import { afterEach, expect, it } from 'vitest';
import type { FrameEvent } from '../../../src/session/events';
import type { SessionOptions } from '../../../src/session/options';
import { readFrameNumber } from '../../read-frame-number';
import { ffmpeg } from '../container/run-ffmpeg';
import { demo, demoOptions, ffmpegChildren, library, sharedPool, Witness } from './support';

type Server = Awaited<ReturnType<typeof demo.startDemoServer>>;
const open: Server[] = [];
async function serve(): Promise<Server> {
  const server = await demo.startDemoServer();
  open.push(server);
  return server;
}
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** Ten numbered pictures a second; a fresh session has seven seconds to begin, which a busy machine may need. */
function shortLived(url: string, over: Partial<SessionOptions> = {}): SessionOptions {
  return demoOptions(url, {
    source: { kind: 'test-pattern', width: 320, height: 180, fps: 10 },
    dataOutput: ['motion'],
    frameFormats: ['gray8'],
    processingTimeoutS: 14,
    rollover: { leadMs: 7_000 },
    recovery: { baseDelayMs: 100, maxDelayMs: 200 },
    ...over,
  });
}

interface Seen {
  number: number;
  frameId: number;
  pts: number;
}

/** The numbers in the pictures, with what came with each. */
function seen(frames: readonly FrameEvent[]): Seen[] {
  return frames.flatMap((frame) => {
    const { metadata, width, height, format } = frame;
    const number = readFrameNumber({ format, width, height, data: Buffer.from(frame.data) });
    if (number === null || metadata?.pts === null || metadata === null) return [];
    return [{ number, frameId: metadata.frame_id, pts: metadata.pts }];
  });
}

it('hands over to a fresh session before the limit, frame by frame, again and again', async () => {
  const server = await serve();
  const session = new library.WebRTCSession(shortLived(server.url));
  const witness = new Witness(session);
  session.start();
  await witness.until(() => witness.rollovers.length >= 2);
  const before = witness.frames.length;
  await witness.until(() => witness.frames.length > before + 10 && witness.lastStats?.rollovers === 2);
  expect(server.sessions).toBeLessThanOrEqual(2);
  await session.close();

  const frames = seen(witness.frames);
  expect(frames.length).toBeGreaterThan(witness.frames.length * 0.9);
  const pairs = frames.slice(1).map((frame, index) => ({ frame, last: frames[index] ?? frame }));
  const steps = pairs.map(({ frame, last }) => frame.number - last.number);
  const seams = pairs.filter(({ frame, last }) => frame.frameId < last.frameId);
  expect(seams).toHaveLength(2);
  // In order, none twice; where the sessions meet nothing is missing that is not missing elsewhere too.
  expect(Math.min(...steps)).toBe(1);
  const ordinary = pairs.filter((pair) => !seams.includes(pair)).map(({ frame, last }) => frame.number - last.number);
  for (const { frame, last } of seams) {
    expect(frame.number - last.number).toBeLessThanOrEqual(Math.max(2, ...ordinary));
  }
  // Each picture has its own data: within a session, time runs as the numbers do.
  for (const { frame, last } of pairs.filter((pair) => !seams.includes(pair))) {
    expect(Math.round((frame.pts - last.pts) / 9_000)).toBe(frame.number - last.number);
  }
  const taken = witness.data.map(({ timing }) => timing.capturedAt).filter((at) => at !== null);
  expect(taken).toEqual([...taken].sort((a, b) => a - b));
  expect(witness.rollovers.map(({ reason }) => reason)).toEqual(['time-limit', 'time-limit']);
  for (const { overlapMs } of witness.rollovers) expect(overlapMs).toBeLessThan(14_000);
  expect(witness.phases.map(({ phase }) => phase)).not.toContain('reconnecting');
  expect(witness.warnings).toEqual([]);
  expect(witness.lastStats).toMatchObject({ reconnects: 0 });

  await expect.poll(() => [server.sessions, sharedPool.size, ffmpegChildren().length]).toEqual([0, 0, 0]);
});

it('that fails leaves the session going until its end, and then it comes back as ever', async () => {
  const server = await serve();
  const options = shortLived(server.url, { processingTimeoutS: 8, rollover: { leadMs: 4_000 } });
  await using session = new library.WebRTCSession(options);
  const witness = new Witness(session);
  session.start();
  await witness.until(() => witness.data.length > 0);
  server.setFaults({ forcedAnswer: 'internal' });
  await witness.until(() => witness.warnings.length > 0);
  expect(witness.warnings[0]).toMatchObject({ code: 'SERVER_ERROR', retry: true });
  expect(witness.warnings[0]?.message).toContain('goes on until it ends');
  const before = witness.data.length;
  await witness.until(() => witness.data.length > before + 5);
  expect(witness.phases.at(-1)?.phase).toBe('live');
  await witness.until(() => witness.phases.some(({ error }) => error?.code === 'SESSION_TIME_LIMIT'));
  server.setFaults({});
  await witness.until(() => witness.phases.at(-1)?.phase === 'live');
  expect(witness.rollovers).toEqual([]);
});

it('goes on by itself when the old session dies while the fresh one comes up: each picture once, in order', async () => {
  const server = await serve();
  await using session = new library.WebRTCSession(shortLived(server.url));
  const witness = new Witness(session);
  session.start();
  // Ten a second: the fresh session is asked for after seven.
  await witness.until(() => (witness.data.at(-1)?.metadata.frame_id ?? 0) >= 60);
  server.setFaults({ abortAfterFrames: 76, abortKind: 'polite' });
  await witness.until(() => witness.rollovers.length > 0 || witness.phases.at(-1)?.phase === 'reconnecting');
  server.setFaults({});
  const before = witness.frames.length;
  await witness.until(() => witness.frames.length > before + 20 && witness.phases.at(-1)?.phase === 'live');
  const steps = seen(witness.frames).map(({ number }) => number);
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
});

it('hands pictures from messages over as well', async () => {
  const server = await serve();
  const data = ffmpeg(['-f', 'lavfi', '-i', 'color=red:size=320x180', '-frames:v', '1', '-f', 'mjpeg', 'pipe:1']);
  const source = { kind: 'frames' } as const;
  await using session = new library.WebRTCSession(shortLived(server.url, { source, frameFormats: [] }));
  const witness = new Witness(session);
  const timer = setInterval(() => session.sendFrame({ data, format: 'jpeg' }), 100);
  session.onEnd(() => clearInterval(timer));
  await witness.until(() => witness.rollovers.length > 0);
  const before = witness.data.length;
  await witness.until(() => witness.data.length > before + 10);
  clearInterval(timer);
  expect(witness.phases.map(({ phase }) => phase)).not.toContain('reconnecting');
  expect(witness.warnings).toEqual([]);
});

it('that is under way does not hold up a close', async () => {
  const server = await serve();
  const session = new library.WebRTCSession(shortLived(server.url));
  const witness = new Witness(session);
  session.start();
  await witness.until(() => witness.data.length > 0);
  server.setFaults({ slowPostMs: 20_000 });
  // Ten a second: a second after the fresh session was asked for.
  await witness.until(() => (witness.data.at(-1)?.metadata.frame_id ?? 0) >= 80);
  const since = performance.now();
  await session.close();
  expect(performance.now() - since).toBeLessThan(5_000);
  expect(await witness.ended).toMatchObject({ outcome: 'stopped', error: null });
  await expect.poll(() => [server.sessions, sharedPool.size, ffmpegChildren().length]).toEqual([0, 0, 0]);
});

it('can be switched off: the session ends at its limit and comes back', async () => {
  const server = await serve();
  const options = shortLived(server.url, { rollover: { mode: 'off' }, processingTimeoutS: 4, streamOutput: [] });
  await using session = new library.WebRTCSession(options);
  const witness = new Witness(session);
  session.start();
  await witness.until(() => witness.phases.some(({ error }) => error?.code === 'SESSION_TIME_LIMIT'));
  await witness.until(() => witness.phases.at(-1)?.phase === 'live');
  expect(witness.rollovers).toEqual([]);
});
