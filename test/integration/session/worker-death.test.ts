/** Worker threads that die under their sessions: killed, out of memory, blocked. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as ThreadedModule from '../../../src/worker/threaded-session';
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

describe('a session whose thread dies', () => {
  it('counts on, and says what it came from', async () => {
    await using session = new library.WebRTCSession(demoOptions(server.url, { recovery }), { maxThreads: 1 });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => (witness.lastStats?.framesDelivered ?? 0) > 10);
    const before = witness.lastStats;
    await sharedPool.acquire(1).kill();
    await witness.until(() => hasFailed(witness));
    await isBack(witness);
    await witness.until(() => witness.lastStats !== before);
    expect(witness.lastStats?.framesDelivered).toBeGreaterThanOrEqual(before?.framesDelivered ?? 0);
    expect(witness.lastStats?.reconnects).toBe(1);
    for (const [index, { previous }] of witness.phases.entries()) {
      expect(previous).toBe(witness.phases[index - 1]?.phase ?? 'not_started');
    }
  });

  it('can be followed at once by another, which does not get the dead thread', async () => {
    const options = demoOptions(server.url, { recovery: { enabled: false } });
    const session = new library.WebRTCSession(options, { maxThreads: 1 });
    await using next = new library.WebRTCSession(options, { maxThreads: 1 });
    const [witness, nextWitness] = [new Witness(session), new Witness(next)];
    session.onEnd(() => next.start());
    session.start();
    await witness.until(() => witness.data.length > 0);
    await sharedPool.acquire(1).kill();
    expect(await witness.ended).toMatchObject({ outcome: 'failed', error: { code: 'WORKER_FAILED' } });
    await nextWitness.until(() => nextWitness.data.length > 0);
  });
});

describe('options that cannot cross to a thread', () => {
  it('are refused, and leave no thread behind', async () => {
    const workflowParameters = { callback: () => undefined };
    const session = new library.WebRTCSession(demoOptions(server.url, { workflowParameters }));
    await expect(session.run()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect.poll(() => sharedPool.size).toBe(0);
  });
});

/** Parts of the product's own `worker` folder beside another entry. */
function beside(entry: string, names: string[]): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'thread-'));
  const files = [...names.map((name) => `worker/${name}.js`), 'errors.js', 'guard.js'];
  for (const file of files) cpSync(path.join(root, 'dist/src', file), path.join(folder, file));
  writeFileSync(path.join(folder, 'worker/thread.js'), entry);
  return folder;
}

/** Resolves with what the tenant of such a thread is told when it dies. */
async function deathOf(entry: string, meanwhile: () => Promise<unknown>): Promise<unknown[]> {
  const folder = beside(entry, ['worker-thread']);
  const { WorkerThread } = require(path.join(folder, 'worker/worker-thread.js')) as typeof ThreadModule;
  try {
    const deaths: unknown[] = [];
    const exited = new Promise<void>((resolve) => {
      const thread = new WorkerThread(resolve);
      thread.admit({ onMessage: () => undefined, onDied: (error) => deaths.push(error) });
    });
    await meanwhile();
    await exited;
    return deaths;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a thread that runs out of memory', () => {
  it('is ended and reported to its sessions, and Node lives on', async () => {
    // Fast, or it would be taken for blocked first; in small pieces, or V8 would end the whole process.
    const hoarder = 'const kept = []; for (;;) kept.push(new Array(1_000).fill(0.5));';
    expect(await deathOf(hoarder, () => Promise.resolve())).toEqual([
      expect.objectContaining({
        code: 'WORKER_FAILED',
        retry: true,
        message: expect.stringMatching(/memory/i) as string,
      }),
    ]);
  });
});

describe('a thread in which something is thrown that nobody catches', () => {
  it.each([
    ['by a timer', "setTimeout(() => { throw new Error('out of nowhere'); });"],
    ['by a promise', "Promise.reject(new Error('out of nowhere'));"],
  ])('%s is ended and reported to its sessions', async (_, entry) => {
    expect(await deathOf(entry, () => Promise.resolve())).toEqual([
      expect.objectContaining({
        code: 'WORKER_FAILED',
        retry: true,
        message: expect.stringContaining('out of nowhere') as string,
      }),
    ]);
  });
});

describe('a thread that is blocked', () => {
  it('is ended and reported to its sessions', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      expect(await deathOf('for (;;);', () => vi.advanceTimersByTimeAsync(25_000))).toEqual([
        expect.objectContaining({
          code: 'WORKER_FAILED',
          retry: true,
          message: expect.stringContaining('did not answer for 20 s') as string,
        }),
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not hold up a session that is closed: it is ended within seconds', async () => {
    const folder = beside('for (;;);', ['worker-thread', 'threaded-session', 'shared-pool', 'thread-pool']);
    const { openThreadedSession } = require(path.join(folder, 'worker/threaded-session.js')) as typeof ThreadedModule;
    try {
      const deaths: unknown[] = [];
      const session = openThreadedSession({
        options: demoOptions(server.url),
        maxThreads: 1,
        emit: () => undefined,
        onDied: (error) => deaths.push(error),
      });
      session.start();
      const since = performance.now();
      await Promise.all([session.stop(), session.stop()]);
      expect(performance.now() - since).toBeLessThan(10_000);
      expect(deaths).toEqual([expect.objectContaining({ code: 'WORKER_FAILED' })]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
