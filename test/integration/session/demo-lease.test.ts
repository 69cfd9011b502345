import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { demoOptions, library, Witness } from './support';

describe('the built-in demo server', () => {
  it('is one for all who use it, and ends with the last', async () => {
    const [first, second] = await Promise.all([library.acquireDemoServer(), library.acquireDemoServer()]);
    expect(second.url).toBe(first.url);
    await first.release();
    await first.release();
    expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
    await second.release();
    await expect(fetch(`${second.url}/healthz`)).rejects.toThrow();
  });

  it('comes back at its address when its thread dies, and sessions find it again', async () => {
    const born = once(process, 'worker') as Promise<[Worker]>;
    const lease = await library.acquireDemoServer();
    const [thread] = await born;
    const recovery = { baseDelayMs: 200, maxDelayMs: 1_000 };
    await using session = new library.WebRTCSession(demoOptions(lease.url, { recovery }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 3);
    await thread.terminate();
    await witness.until(() => witness.phases.at(-1)?.phase === 'reconnecting');
    await witness.until(() => witness.phases.at(-1)?.phase === 'live');
    await session.close();
    await lease.release();
  });
});
