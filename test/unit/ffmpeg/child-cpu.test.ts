import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { ChildCpu } from '../../../src/ffmpeg/child-cpu';

/** As the kernel writes it; the name may hold anything. */
const stat = (utime: number, stime: number): string =>
  `42 (ff) mpeg (2)) S 1 42 42 0 -1 4194560 100 0 0 0 ${utime} ${stime} 0 0 20 0 3 0 100 1000 200`;

it('adds up what living children took since the last call', () => {
  const ticks = new Map([
    [process.pid, 0],
    [7, 100],
    [8, 50],
  ]);
  const cpu = new ChildCpu((pid) => {
    const utime = ticks.get(pid);
    if (utime === undefined) throw new Error('no such process');
    return stat(utime, 5);
  });
  expect(cpu.take()).toBe(0);
  cpu.child(7, true);
  cpu.child(7, true);
  expect(cpu.take()).toBe(1_050);
  cpu.child(8, true);
  ticks.set(7, 110);
  expect(cpu.take()).toBe(100 + 550);
  cpu.child(8, false);
  expect(cpu.take()).toBe(0);
});

it('says null where the system does not tell', () => {
  const cpu = new ChildCpu(() => {
    throw new Error('ENOENT');
  });
  cpu.child(7, true);
  expect(cpu.take()).toBeNull();
});

it.skipIf(process.platform !== 'linux')('reads a real process', async () => {
  const child = spawn(process.execPath, [
    '-e',
    'for (const end = Date.now() + 150; Date.now() < end;); console.log(1); setInterval(() => {}, 1e6)',
  ]);
  try {
    const cpu = new ChildCpu();
    cpu.child(child.pid ?? 0, true);
    await once(child.stdout, 'data');
    expect(cpu.take()).toBeGreaterThan(0);
  } finally {
    child.kill('SIGKILL');
  }
});
