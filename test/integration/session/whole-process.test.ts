/** A demo server and a session in a Node of their own: without a network, and killed. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ffmpegChildren, root } from './support';

const PROGRAM = path.join(root, 'test/fixtures/programs/whole-session.mjs');
const LIBRARY = path.join(root, 'dist/src/index.js');
/** Brings up `lo` in a namespace that has nothing else, then becomes the program. */
const ONLY_LO = ['-n', '/bin/sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
const mayUnshare = process.platform === 'linux' && spawnSync('unshare', [...ONLY_LO, '/bin/true']).status === 0;
if (!mayUnshare) console.warn('skipped: `unshare -n` with `ip link` is not permitted here');

function start(mode: string, around: string[] = []): { child: ChildProcess; line: () => Promise<unknown> } {
  const program = [process.execPath, PROGRAM, LIBRARY, mode];
  const child = spawn('env', [...around, ...program], { stdio: ['ignore', 'pipe', 'inherit'] });
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
    const { line } = start('until-data', ['unshare', ...ONLY_LO]);
    expect(await line()).toEqual({ live: true });
    const counts = (await line()) as { frames: number; data: number };
    expect(counts.frames).toBeGreaterThanOrEqual(20);
    expect(counts.data).toBeGreaterThanOrEqual(20);
  });
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
