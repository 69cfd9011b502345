import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoServerLease } from '../../../src/client/demo-server';
import { demoOptions, library, Witness } from './support';

const BLOCK_MS = 3_000;
// In a thread: a server of this thread would be blocked, too.
let lease: DemoServerLease;
beforeAll(async () => {
  lease = await library.acquireDemoServer();
});
afterAll(async () => lease.release());

describe('a main thread that is blocked for seconds', () => {
  it('gets the newest picture afterwards and every data message, at bounded memory', async () => {
    const source = { kind: 'test-pattern', width: 480, height: 270, fps: 30 } as const;
    await using session = new library.WebRTCSession(demoOptions(lease.url, { source, frameFormats: ['bgr24'] }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.length > 20 && witness.lastStats !== undefined);
    const before = witness.lastStats;
    const since = Date.now();
    const framesBefore = witness.frames.length;
    while (Date.now() - since < BLOCK_MS);
    const until = Date.now();
    const isOfBlock = (receivedAt: number | null): boolean => (receivedAt ?? 0) >= since && (receivedAt ?? 0) < until;

    await witness.until(() =>
      witness.frames.slice(framesBefore).some(({ timing }) => (timing.receivedAt ?? 0) > until),
    );
    const crossed = witness.frames.slice(framesBefore).filter(({ timing }) => isOfBlock(timing.receivedAt));
    // Two were on their way when it began; of the other 90 only the newest was kept, if no newer one took its place.
    expect(crossed.length).toBeLessThanOrEqual(4);
    const kept = witness.frames.slice(framesBefore).map(({ timing }) => timing.receivedAt ?? 0);
    expect(Math.min(...kept.filter((receivedAt) => receivedAt > since + 1_000))).toBeGreaterThan(until - 500);

    const processed = witness.data.filter(({ timing }) => isOfBlock(timing.receivedAt)).length;
    expect(processed).toBeGreaterThan(30);
    await witness.until(() => (witness.lastStats?.framesDropped ?? 0) > (before?.framesDropped ?? 0) + 20);
    expect(witness.lastStats?.dataDropped).toBe(0);
    await session.close();
    expect(witness.data.length).toBe(witness.lastStats?.dataReceived);
  });
});
