import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IntervalStats } from '../../../src/session/events';
import { clip, demo, demoOptions, library, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

describe.each(['worker', 'none'] as const)('a live session (thread: %s)', (thread) => {
  it('returns frames and data of the test pattern, paired, with every object found', async () => {
    const options = demoOptions(server.url, { statsIntervalMs: 2_000 });
    await using session = new library.WebRTCSession(options, { thread });
    const witness = new Witness(session);
    const intervals: IntervalStats[] = [];
    session.onStats(({ interval }) => interval !== null && intervals.push(interval));
    session.start();
    await witness.until(() => witness.data.length >= 80 && witness.frames.length >= 70 && intervals.length >= 2);

    const counts = witness.data.slice(40).map(({ outputs }) => predictionsOf(outputs).length);
    expect(counts.filter((count) => count === library.TEST_PATTERN_OBJECTS).length).toBeGreaterThan(
      counts.length * 0.9,
    );
    expect(witness.frames.every(({ data }) => data[0] === 0xff && data[1] === 0xd8)).toBe(true);
    const paired = witness.frames.filter(({ metadata }) => metadata !== null);
    expect(paired.length).toBeGreaterThan(witness.frames.length * 0.8);
    const ids = paired.map(({ metadata }) => metadata?.frame_id ?? 0);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(witness.phases.map(({ phase }) => phase).slice(0, 3)).toEqual(['connecting', 'warming_up', 'live']);
    expect(witness.phases.at(-1)?.session).toEqual({
      ...{ serverVersion: '1.5.0', codec: 'vp8', path: 'encoded', reason: 'generated', terminationReason: null },
      ice: { local: 'host', remote: 'host', protocol: 'udp' },
    });
    checkInterval(intervals.at(-1));
  });
});

/** What must hold of one that was measured while results came. */
function checkInterval(interval: IntervalStats | undefined): void {
  if (interval === undefined) throw new Error('nothing was measured');
  const { frames, fps, bitrate, latencyMs, roundTripMs, childrenCpuPercent } = interval;
  expect(interval.intervalMs).toBeGreaterThanOrEqual(1_500);
  const measured = [...Object.values(frames), fps, bitrate.sentBps, bitrate.receivedBps, roundTripMs];
  for (const number of measured) expect(number).toBeGreaterThan(0);
  for (const percentiles of [latencyMs.data, latencyMs.pictures]) {
    expect(percentiles?.p50).toBeGreaterThan(0);
    expect((percentiles?.p95 ?? 0) - (percentiles?.p50 ?? 0)).toBeGreaterThanOrEqual(0);
  }
  if (process.platform === 'linux') expect(childrenCpuPercent).toBeGreaterThan(0);
  else expect(childrenCpuPercent).toBeNull();
}

describe('the way of a frame', () => {
  it('is told in order: captured, sent, received, delivered', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.filter(({ timing }) => timing.sentAt !== null).length >= 10);
    for (const { timing } of witness.data.filter((event) => event.timing.sentAt !== null)) {
      const way = [timing.capturedAt, timing.sentAt, timing.receivedAt, timing.deliveredAt];
      expect(way.map((at) => at ?? 0)).toEqual(way.map((at) => at ?? 0).sort((a, b) => a - b));
    }
  });

  it('gives raw pictures of the right size when they are asked for', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url, { frameFormats: ['bgr24', 'jpeg'] }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => new Set(witness.frames.map(({ format }) => format)).size === 2);
    const raw = witness.frames.find(({ format }) => format === 'bgr24');
    expect(raw).toMatchObject({ width: 480, height: 270 });
    expect(raw?.data.byteLength).toBe(480 * 270 * 3);
  });
});

describe('a camera whose H.264 qualifies', () => {
  it.skipIf(!existsSync(clip('pedestrians.mp4')))('is copied, and people are seen moving', async () => {
    const source = { kind: 'stream', url: clip('pedestrians.mp4'), loop: true } as const;
    await using session = new library.WebRTCSession(demoOptions(server.url, { source }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.some(({ outputs }) => outputs?.['motion'] === true));
    await witness.until(() => witness.lastStats?.source?.path === 'copied' && witness.frames.length > 0);
    expect(witness.lastStats?.source).toMatchObject({ codec: 'h264', reason: null, width: 768, height: 576 });
  });
});

describe('the session class', () => {
  it('yields frames to a loop and is over when the loop is left and the session closed', async () => {
    const session = new library.WebRTCSession(demoOptions(server.url));
    let frames = 0;
    for await (const frame of session.video()) {
      expect(frame.data.byteLength).toBeGreaterThan(100);
      frames += 1;
      if (frames === 3) break;
    }
    await session.close();
    expect(session.state).toBe('closed');
    expect(() => session.start()).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }) as Error);
  });

  it('runs a finite source to its end', async () => {
    const source = { kind: 'test-pattern', width: 480, height: 270, fps: 20, frames: 30 } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source }));
    const witness = new Witness(session);
    await session.run();
    expect(session.state).toBe('closed');
    expect(await witness.ended).toMatchObject({ outcome: 'complete', error: null });
    expect(witness.data.length).toBeGreaterThan(20);
  });

  it('times out of wait and goes on', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url));
    const witness = new Witness(session);
    await expect(session.wait({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
    expect(session.state).toBe('started');
    await witness.until(() => witness.data.length > 0);
  });

  it('closes from within a handler, and again from outside', async () => {
    const session = new library.WebRTCSession(demoOptions(server.url));
    const witness = new Witness(session);
    session.onData(() => session.close());
    session.start();
    expect(await witness.ended).toMatchObject({ outcome: 'stopped' });
    await session.close();
  });

  it('closes while it is connecting', async () => {
    const session = new library.WebRTCSession(demoOptions(server.url));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.length > 0);
    await session.close();
    expect(await witness.ended).toMatchObject({ outcome: 'stopped', error: null });
  });

  it('reports a throwing handler and leaves the others alone', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url));
    const witness = new Witness(session);
    session.onData('motion', () => {
      throw new Error('mine');
    });
    const seen: unknown[] = [];
    session.onData('motion', (value) => seen.push(value));
    session.start();
    await witness.until(() => seen.length > 2 && witness.warnings.length > 2);
    expect(witness.warnings[0]).toMatchObject({ code: 'HANDLER_FAILED' });
  });

  it('changes the fields it receives while it runs', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url, { dataOutput: ['motion'] }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 0);
    expect(Object.keys(witness.data.at(-1)?.outputs ?? {})).toEqual(['motion']);
    session.reconfigure({ dataOutput: ['alarm'] });
    await witness.until(() => Object.keys(witness.data.at(-1)?.outputs ?? {}).join() === 'alarm');
  });
});

function predictionsOf(outputs: Record<string, unknown> | null): unknown[] {
  const field = outputs?.['predictions'] as { predictions?: unknown[] } | undefined;
  return field?.predictions ?? [];
}
