import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clip, demo, demoOptions, library, sharedPool, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

describe('close()', () => {
  it.skipIf(!existsSync(clip('pedestrians.mp4')))('in the middle of an upload is prompt', async () => {
    const source = { kind: 'upload', path: clip('pedestrians.mp4') } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.some(({ phase, percent }) => phase === 'uploading' && percent !== null));
    const since = performance.now();
    await session.close();
    expect(performance.now() - since).toBeLessThan(3_000);
    expect(await witness.ended).toMatchObject({ outcome: 'stopped', error: null });
    expect(witness.phases.at(-1)).toMatchObject({ phase: 'closed', percent: null });
    expect(sharedPool.size).toBe(0);
  });

  it('while it waits for the next try does not wait', async () => {
    const options = demoOptions('http://127.0.0.1:9', { recovery: { baseDelayMs: 50_000, maxDelayMs: 60_000 } });
    const session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.at(-1)?.phase === 'reconnecting');
    const since = performance.now();
    await session.close();
    expect(performance.now() - since).toBeLessThan(3_000);
    expect(await witness.ended).toMatchObject({ outcome: 'stopped', error: null });
    expect(witness.phases.at(-1)).toMatchObject({ phase: 'closed', retryInMs: null });
  });

  it('before the start ends the session without opening anything', async () => {
    const session = new library.WebRTCSession(demoOptions(server.url));
    const witness = new Witness(session);
    await session.close();
    expect(await witness.ended).toMatchObject({ outcome: 'stopped' });
    expect(session.state).toBe('closed');
    expect(sharedPool.size).toBe(0);
    expect(() => session.start()).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }) as Error);
    await expect(session.run()).resolves.toBeUndefined();
  });

  it('twice at once is one close, and the end is told once', async () => {
    const session = new library.WebRTCSession(demoOptions(server.url));
    const ends: unknown[] = [];
    session.onEnd((event) => ends.push(event));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 0);
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(ends).toHaveLength(1);
  });

  it('is what leaving the block of `await using` does', async () => {
    let kept: InstanceType<typeof library.WebRTCSession>;
    {
      await using session = new library.WebRTCSession(demoOptions(server.url));
      kept = session;
      const witness = new Witness(session);
      session.start();
      await witness.until(() => witness.phases.length > 0);
    }
    expect(kept.state).toBe('closed');
    expect(sharedPool.size).toBe(0);
  });
});
