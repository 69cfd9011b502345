import { describe, expect, it } from 'vitest';
import { FfmpegProcess, outputFd } from '../../../src/ffmpeg/process';
import type { FfmpegRun } from '../../../src/ffmpeg/process';
import { standIn } from './programs';

const quiet: FfmpegRun = { args: [], input: 'none', outputs: 1, onOutput: () => undefined, stopTimeoutMs: 150 };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('FfmpegProcess', () => {
  it('numbers its outputs 1, 3, 4, leaving 2 to stderr', () => {
    expect([0, 1, 2].map(outputFd)).toEqual([1, 3, 4]);
  });

  it('carries input in and every output out, each by its index, and ends with its input', async () => {
    const heard: [string, string] = ['', ''];
    const child = new FfmpegProcess(standIn('echoes-stdin'), {
      ...quiet,
      input: 'pipe',
      outputs: 2,
      onOutput: (index, chunk) => (heard[index === 0 ? 0 : 1] += chunk.toString()),
    });
    expect(child.write(Buffer.from('one '), Buffer.from('two'))).toBe(true);
    child.endInput();
    expect(await child.exited).toEqual({ code: 0, signal: null, stderrTail: '', closedByUs: false });
    expect(heard).toEqual(['one two', 'ONE TWO']);
    expect(child.write(Buffer.from('late'))).toBe(false);
  });

  it('is ready with the first byte of output', async () => {
    const child = new FfmpegProcess(standIn('ignores-sigterm'), { ...quiet });
    await child.ready;
    process.kill(child.pid ?? 0, 'SIGKILL');
    expect(await child.exited).toMatchObject({ code: null, signal: 'SIGKILL', closedByUs: false });
  });

  it('tells when a child comes and goes', async () => {
    const told: [number, boolean][] = [];
    const child = new FfmpegProcess(standIn('exits-3-after-header'), {
      ...quiet,
      onChild: (pid, running) => told.push([pid, running]),
    });
    expect((await child.exited).code).toBe(3);
    expect(told).toEqual([
      [child.pid, true],
      [child.pid, false],
    ]);
  });

  it('ends a child without input by SIGTERM at once', async () => {
    const child = new FfmpegProcess(standIn('silent-forever'), quiet);
    await child.close();
    expect(await child.exited).toMatchObject({ signal: 'SIGTERM', closedByUs: true });
    await child.close();
  });

  it('kills a child that ignores SIGTERM, after two pauses', async () => {
    const child = new FfmpegProcess(standIn('ignores-sigterm'), quiet);
    await child.ready;
    const startedAt = performance.now();
    await child.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(isAlive(child.pid ?? 0)).toBe(false);
  });

  it('asks with q first where a gentle stop is wanted', async () => {
    const child = new FfmpegProcess(standIn('quits-on-q'), { ...quiet, stopGently: true });
    await child.ready;
    await child.close();
    expect(await child.exited).toMatchObject({ code: 7, closedByUs: true });
  });

  it('refuses input above its limit, counts it, and ends all the same', async () => {
    const child = new FfmpegProcess(standIn('never-reads'), {
      ...quiet,
      input: 'pipe',
      maxPendingInputBytes: 1_000_000,
    });
    await child.ready;
    const half = Buffer.alloc(600_000);
    // The first may go into the pipe in part; nothing is refused until more than the limit waits.
    while (child.write(half)) expect(child.pendingInputBytes).toBeLessThanOrEqual(1_600_000);
    expect(child.pendingInputBytes).toBeGreaterThan(1_000_000);
    expect(child.refusedWrites).toBe(1);
    await child.close();
    expect((await child.exited).closedByUs).toBe(true);
  });

  it('survives a child that closes its stdin', async () => {
    const child = new FfmpegProcess(standIn('closes-stdin'), { ...quiet, input: 'pipe' });
    await child.ready;
    for (let count = 0; count < 5; count += 1) {
      child.write(Buffer.alloc(100_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await child.close();
    expect((await child.exited).closedByUs).toBe(true);
  });

  it('keeps the end of stderr, bounded and without secrets', async () => {
    const child = new FfmpegProcess(standIn('floods-stderr'), { ...quiet, secrets: ['swordfish'] });
    const { code, stderrTail } = await child.exited;
    expect(code).toBe(1);
    expect(stderrTail.length).toBeLessThan(10_000);
    expect(stderrTail).toContain('complaint 19999');
    expect(stderrTail).toMatch(/rtsp:\/\/\*\*\*@cam\/live: Connection refused\nkey \*\*\*$/);
    await expect(child.ready).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });

  it('reports a program that cannot be started instead of throwing', async () => {
    for (const path of ['/nonexistent/ffmpeg', '/tmp', 'null\0byte']) {
      const child = new FfmpegProcess({ path }, { ...quiet, input: 'pipe' });
      child.write(Buffer.from('x'));
      expect(await child.exited).toMatchObject({ code: null, closedByUs: false });
      expect((await child.exited).stderrTail).toMatch(/^cannot start: /);
      await expect(child.ready).rejects.toMatchObject({ code: 'FFMPEG_FAILED' });
      await child.close();
    }
  });

  it('ends the child when its consumer throws, and says what was thrown', async () => {
    const child = new FfmpegProcess(standIn('never-reads'), {
      ...quiet,
      onOutput: () => {
        throw new Error('not a NUT stream');
      },
    });
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL', stderrTail: 'not a NUT stream' });
  });

  it('does not wait for a grandchild that holds its output open', async () => {
    let pid = '';
    const child = new FfmpegProcess(standIn('leaves-a-grandchild'), {
      ...quiet,
      onOutput: (_, chunk) => (pid += chunk.toString()),
    });
    expect((await child.exited).code).toBe(0);
    process.kill(Number(pid), 'SIGKILL');
  });

  it('reads any number of chunks through one piece of memory, which leaves no garbage', async () => {
    const seen = { memory: new Set<unknown>(), bytes: 0, chunks: 0 };
    const child = new FfmpegProcess(
      { path: 'ffmpeg' },
      {
        ...quiet,
        args: ['-v', 'error', '-f', 'lavfi', '-i', 'color=size=640x360:duration=1', '-f', 'rawvideo', 'pipe:1'],
        onOutput: (_index, { buffer, length }) => {
          seen.memory.add(buffer);
          seen.bytes += length;
          seen.chunks += 1;
        },
      },
    );
    expect(await child.exited).toMatchObject({ code: 0 });
    expect(seen).toMatchObject({ memory: { size: 1 }, bytes: 25 * 640 * 360 * 1.5 });
    expect(seen.chunks).toBeGreaterThan(10);
  });

  it('delivers nothing while paused and everything after resume', async () => {
    let heard = '';
    const child = new FfmpegProcess(standIn('echoes-stdin'), {
      ...quiet,
      input: 'pipe',
      outputs: 2,
      onOutput: (index, chunk) => {
        if (index === 0) heard += chunk.toString();
      },
    });
    child.pause();
    child.write(Buffer.from('held back'));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(heard).toBe('');
    child.resume();
    child.endInput();
    await child.exited;
    expect(heard).toBe('held back');
  });
});
