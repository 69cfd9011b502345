import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { demo, demoOptions, ffmpegChildren, library, sharedPool, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

const openFiles = (): number => readdirSync('/proc/self/fd').length;
const threads = (): number => readdirSync('/proc/self/task').length;

describe.skipIf(process.platform !== 'linux')('worker threads', () => {
  it('that die are replaced, and their children do not outlive them', async () => {
    const recovery = { baseDelayMs: 100, maxDelayMs: 200 };
    await using session = new library.WebRTCSession(demoOptions(server.url, { recovery }), { maxThreads: 1 });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.length > 3);
    // The reader of the test pattern; the demo server in this process has children of its own.
    const before = ffmpegChildren('lavfi');
    expect(before).toHaveLength(1);

    await sharedPool.acquire(1).kill();
    await witness.until(() => witness.phases.some(({ error }) => error?.code === 'WORKER_FAILED'));
    const frames = witness.frames.length;
    await witness.until(() => witness.frames.length > frames + 3);
    expect(ffmpegChildren('lavfi')).toHaveLength(1);
    expect(ffmpegChildren('lavfi')).not.toEqual(before);
  });

  it('ask the FFmpeg that the session names while they load, and no other', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'asked-'));
    const program = (name: string): string => {
      const file = path.join(folder, name);
      writeFileSync(file, `#!/bin/sh\ntouch '${file}-was-asked'\nexec ffmpeg "$@"\n`, { mode: 0o755 });
      return file;
    };
    const [named, found] = [program('named'), program('found')];
    vi.stubEnv('FFMPEG_BIN', found);
    try {
      // Nothing lives in it that could look for one by itself.
      const thread = sharedPool.acquire(1, named);
      await expect.poll(() => existsSync(`${named}-was-asked`), { timeout: 10_000 }).toBe(true);
      await sharedPool.release(thread);
      expect(existsSync(`${found}-was-asked`)).toBe(false);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each(['ffmpegPath', 'declaredFps'])('do not begin where %s is a function, and say so', async (option) => {
    const options = { ...demoOptions(server.url), [option]: () => undefined };
    const session = new library.WebRTCSession(options);
    expect(() => session.start()).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await expect.poll(() => sharedPool.size).toBe(0);
  });

  it('are shared beyond the limit and end with their last session', async () => {
    const sessions = [1, 2, 3].map(() => new library.WebRTCSession(demoOptions(server.url), { maxThreads: 2 }));
    const witnesses = sessions.map((session) => new Witness(session));
    for (const session of sessions) session.start();
    await Promise.all(witnesses.map((witness) => witness.until(() => witness.data.length > 0)));
    expect(sharedPool.size).toBe(2);
    await Promise.all(sessions.map((session) => session.close()));
    expect(sharedPool.size).toBe(0);
  });

  it('leave no process, thread, socket or file behind after 10 sessions', async () => {
    const run = async (): Promise<void> => {
      const session = new library.WebRTCSession(demoOptions(server.url));
      const witness = new Witness(session);
      session.start();
      await witness.until(() => witness.frames.length > 0);
      await session.close();
    };
    await run();
    // Children of the sessions before, on both ends.
    await expect.poll(() => ffmpegChildren().length, { timeout: 45_000 }).toBe(0);
    const [files, running] = [openFiles(), threads()];
    for (let cycle = 0; cycle < 10; cycle += 1) await run();
    // Fewer, where something of the sessions before was still closing.
    const left = () => ({
      files: Math.max(0, openFiles() - files),
      threads: Math.max(0, threads() - running),
      children: ffmpegChildren().length,
    });
    await expect.poll(left, { timeout: 20_000 }).toEqual({ files: 0, threads: 0, children: 0 });
  });
});
