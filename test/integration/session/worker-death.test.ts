/** Worker threads that die under their sessions: killed, out of memory, blocked. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as ThreadModule from '../../../src/worker/worker-thread';
import { demo, demoOptions, library, require, root, sharedPool, Witness } from './support';

const recovery = { baseDelayMs: 100, maxDelayMs: 200 };
let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

function hasFailed(witness: Witness): boolean {
  return witness.phases.some(({ phase, error }) => phase === 'reconnecting' && error?.code === 'WORKER_FAILED');
}

async function isBack(witness: Witness): Promise<void> {
  const before = { frames: witness.frames.length, data: witness.data.length };
  await witness.until(() => witness.frames.length > before.frames + 3 && witness.data.length > before.data + 3);
}

describe('a thread that two sessions share', () => {
  it('brings both back when it is killed', async () => {
    await using one = new library.WebRTCSession(demoOptions(server.url, { recovery }), { maxThreads: 1 });
    await using other = new library.WebRTCSession(demoOptions(server.url, { recovery }), { maxThreads: 1 });
    const witnesses = [one, other].map((session) => new Witness(session));
    one.start();
    other.start();
    await Promise.all(witnesses.map((witness) => witness.until(() => witness.frames.length > 3)));
    expect(sharedPool.size).toBe(1);

    await sharedPool.acquire(1).kill();
    await Promise.all(witnesses.map((witness) => witness.until(() => hasFailed(witness))));
    await Promise.all(witnesses.map(isBack));
    expect(sharedPool.size).toBe(1);
  });
});

describe('a thread that runs out of memory', () => {
  it('takes neither Node nor the session with it', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url, { recovery }), { maxThreads: 1 });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.length > 3);
    const thread = sharedPool.acquire(1);
    // Sessions that are never started, with so many parameters that no heap holds them all.
    const parameters = { many: Array.from({ length: 5_000_000 }, (_, index) => index + 0.5) };
    const options = demoOptions(server.url, { workflowParameters: parameters });
    for (let id = 1_000; id < 1_020; id += 1) thread.post({ kind: 'open-session', id, options });
    await witness.until(() => hasFailed(witness));
    expect(witness.phases.find(({ error }) => error?.code === 'WORKER_FAILED')?.error?.message).toMatch(/memory/i);
    await isBack(witness);
  });
});

describe('a thread that is blocked', () => {
  it('is ended and reported to its sessions', async () => {
    // The product's own thread class beside an entry that never answers.
    const folder = mkdtempSync(path.join(os.tmpdir(), 'blocked-'));
    const inFolder = (name: string): string => path.join(folder, name);
    cpSync(path.join(root, 'dist/src/worker/worker-thread.js'), inFolder('worker/worker-thread.js'));
    cpSync(path.join(root, 'dist/src/errors.js'), inFolder('errors.js'));
    writeFileSync(inFolder('worker/entry.js'), 'for (;;);');
    const { WorkerThread } = require(inFolder('worker/worker-thread.js')) as typeof ThreadModule;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const deaths: unknown[] = [];
      const exited = new Promise<void>((resolve) => {
        const thread = new WorkerThread(resolve);
        thread.admit({ onMessage: () => undefined, onDied: (error) => deaths.push(error) });
      });
      await vi.advanceTimersByTimeAsync(25_000);
      await exited;
      expect(deaths).toEqual([
        expect.objectContaining({
          code: 'WORKER_FAILED',
          retry: true,
          message: expect.stringContaining('did not answer for 20 s') as string,
        }),
      ]);
    } finally {
      vi.useRealTimers();
      rmSync(folder, { recursive: true });
    }
  });
});
