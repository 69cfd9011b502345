/** A demo server and a session in a Node of their own: without a network, asleep, and killed. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { demo, ffmpegChildren, root } from './support';

const PROGRAM = path.join(root, 'test/fixtures/programs/whole-session.mjs');
const LIBRARY = path.join(root, 'dist/src/index.js');
/** Brings up `lo` in a namespace that has nothing else, then becomes the program. */
const ONLY_LO = ['-n', '/bin/sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
const mayUnshare = process.platform === 'linux' && spawnSync('unshare', [...ONLY_LO, '/bin/true']).status === 0;
if (!mayUnshare) console.warn('skipped: `unshare -n` with `ip link` is not permitted here');

function start(
  mode: string,
  { around = [], url = [] }: { around?: string[]; url?: string[] } = {},
): { child: ChildProcess; line: () => Promise<unknown> } {
  const program = [process.execPath, PROGRAM, LIBRARY, mode, ...url];
  // With a group of its own, which its FFmpegs belong to.
  const child = spawn('env', [...around, ...program], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => {
    const next = await lines.next();
    if (next.done === true) throw new Error('the program ended');
    return JSON.parse(next.value) as unknown;
  };
  return { child, line };
}

function isRunning(pid: number): boolean {
  try {
    // Where nobody waits for orphans they stay as zombies.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe.skipIf(!mayUnshare)('a machine with no network but lo', () => {
  it('runs a whole session with video and data', async () => {
    const { line } = start('until-data', { around: ['unshare', ...ONLY_LO] });
    expect(await line()).toEqual({ live: true });
    const counts = (await line()) as { frames: number; data: number };
    expect(counts.frames).toBeGreaterThanOrEqual(20);
    expect(counts.data).toBeGreaterThanOrEqual(20);
  });
});

describe.skipIf(process.platform === 'win32')('a machine that sleeps until the server has given it up', () => {
  it('is back by itself when it wakes up, which counts as no failed try', async () => {
    const server = await demo.startDemoServer();
    onTestFinished(() => server.close());
    const { child, line } = start('until-killed', { url: [server.url] });
    const states: unknown[] = [];
    const until = async (key: string): Promise<unknown> => {
      for (;;) {
        const told = await line();
        if (typeof told === 'object' && told !== null && key in told) return told;
        states.push(told);
      }
    };
    await until('frames');
    expect(states).toContainEqual({ phase: 'live', attempt: 0, code: null });
    states.length = 0;
    // Node and its FFmpegs stand still, the server goes on and hears nothing any more.
    process.kill(-(child.pid ?? 0), 'SIGSTOP');
    await expect.poll(() => server.sessions, { timeout: 45_000 }).toBe(0);
    process.kill(-(child.pid ?? 0), 'SIGCONT');
    await until('frames');
    expect(states).toMatchObject([
      { phase: 'reconnecting', attempt: 0, code: 'CONNECTION_LOST' },
      { phase: 'warming_up', attempt: 0 },
      { phase: 'live', attempt: 0 },
    ]);
  }, 90_000);
});

describe.skipIf(process.platform !== 'linux')('a Node that is killed in the middle of a session', () => {
  it('leaves no FFmpeg behind: reader, decoder and those of the demo server end by themselves', async () => {
    const { child, line } = start('until-killed');
    expect(await line()).toEqual({ live: true });
    const children = ffmpegChildren('', child.pid);
    expect(ffmpegChildren('lavfi', child.pid)).toHaveLength(1);
    expect(children.length).toBeGreaterThanOrEqual(3);
    child.kill('SIGKILL');
    await expect.poll(() => children.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });
});
