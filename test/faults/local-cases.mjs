// Faults of the machine that a session runs on: its disk is full, its FFmpeg writes garbage or never stops complaining,
// its event loop is held up.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { brokenAndMended, killFfmpeg } from './process-cases.mjs';
import { demoOptions, library, Observer, sleep, startServer } from './rig.mjs';

const FFMPEG = process.env.FFMPEG_BIN ?? 'ffmpeg';
const BLOCK_MS = 5_000;
const FRAMES = 20;

/** Blocks this thread without taking the processor from the others. */
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

async function inFolder(work) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-faults-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An FFmpeg that does as `script` says for a source while the file `bad` lies beside it. */
function spoiltFfmpeg(folder, script) {
  const program = path.join(folder, 'ffmpeg');
  const bad = path.join(folder, 'bad');
  const lines = ['#!/bin/sh', `case "$*" in *lavfi*) if [ -e '${bad}' ]; then`, script, 'fi;; esac'];
  writeFileSync(program, [...lines, `exec ${FFMPEG} "$@"`].join('\n'), { mode: 0o755 });
  return { program, spoil: () => writeFileSync(bad, ''), mend: () => rmSync(bad) };
}

const garbage = () =>
  inFolder((folder) => {
    const { program, spoil, mend } = spoiltFfmpeg(folder, 'head -c 3000000 /dev/urandom; exit 0');
    const breakIt = async ({ observer }) => {
      spoil();
      killFfmpeg('lavfi', 'SIGKILL');
      await observer.until(() => observer.phase === 'reconnecting', 30_000);
      await sleep(3_000);
    };
    return brokenAndMended(breakIt, async () => mend(), { ffmpegPath: program });
  });

const complaints = () =>
  inFolder((folder) => {
    // Ends when nobody listens any more.
    const script = "while head -c 100000 /dev/zero | tr '\\0' x >&2; do sleep 0.02; done &";
    const { program, spoil } = spoiltFfmpeg(folder, script);
    const breakIt = async ({ observer }) => {
      spoil();
      killFfmpeg('lavfi', 'SIGKILL');
      const before = observer.frames;
      await observer.until(() => observer.frames > before + 30, 60_000);
    };
    return brokenAndMended(breakIt, () => sleep(5_000), { ffmpegPath: program });
  });

/** Without the proxy, which would be held up, too. */
async function blockedLoop() {
  const server = await startServer();
  const session = new library.WebRTCSession(demoOptions(server.url));
  const observer = new Observer(session);
  try {
    session.start();
    await observer.until(() => observer.frames > 15, 60_000);
    block(BLOCK_MS);
    const [started, before] = [performance.now(), observer.frames];
    await observer.until(() => observer.frames > before, 30_000);
    const recoverMs = Math.round(performance.now() - started);
    const back = await observer.until(() => observer.frames > before + 30, 30_000);
    const { dataLost, reconnects, codes } = observer;
    const faults = back && dataLost === 0 && reconnects === 0 ? [] : ['it did not go on as if nothing had been'];
    return { recoverMs, dataLost, reconnects, codes: [...codes], faults };
  } finally {
    await session.close();
    await server.end('SIGKILL');
  }
}

/** A small disk of its own; needs the right to mount. */
async function fullDisk() {
  const server = await startServer();
  return inFolder(async (folder) => {
    const clip = path.join(folder, 'clip.mp4');
    const source = ['-f', 'lavfi', '-i', `testsrc2=size=640x480:rate=10`, '-frames:v', String(FRAMES)];
    execFileSync(FFMPEG, ['-v', 'error', ...source, '-c:v', 'libx264', '-crf', '10', clip]);
    const disk = mkdtempSync(path.join(folder, 'disk-'));
    const web = http.createServer((_, response) => response.end(readFileSync(clip))).listen(0, '127.0.0.1');
    await once(web, 'listening');
    process.env.INFERENCE_SDK_VIDEO_CACHE_DIR = disk;
    let mounted = false;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
      mounted = true;
      return await uploadTwice(server.url, { url: `http://127.0.0.1:${web.address().port}/clip.mp4`, disk });
    } catch (thrown) {
      if (mounted) throw thrown;
      return { codes: ['not run: no right to mount'], faults: [] };
    } finally {
      delete process.env.INFERENCE_SDK_VIDEO_CACHE_DIR;
      web.close().closeAllConnections();
      if (mounted) execFileSync('umount', [disk]);
      await server.end('SIGKILL');
    }
  });
}

async function uploadTwice(serverUrl, { url, disk }) {
  const run = async () => {
    const options = demoOptions(serverUrl, { source: { kind: 'upload', path: url }, streamOutput: [] });
    const session = new library.WebRTCSession(options);
    const observer = new Observer(session);
    const error = await session.run().then(
      () => null,
      (thrown) => thrown,
    );
    return { observer, error };
  };
  const first = await run();
  const faults = [];
  if (first.error?.code !== 'DOWNLOAD_FAILED' || !/no space is left/.test(first.error.message))
    faults.push(`it said ${first.error}`);
  if (readdirSync(disk).length > 0) faults.push(`it left ${readdirSync(disk)}`);
  execFileSync('mount', ['-o', 'remount,size=32m', disk]);
  const second = await run();
  if (second.error !== null || second.observer.data !== FRAMES)
    faults.push(`with room it gave ${second.observer.data} of ${FRAMES} frames: ${second.error}`);
  return { dataLost: second.observer.dataLost, codes: [...first.observer.codes], faults };
}

/** In the order of the table. */
export const LOCAL_CASES = [
  { name: 'FFmpeg of the source writes garbage', run: garbage },
  { name: 'FFmpeg of the source fills its stderr', run: complaints },
  { name: `event loop held up for ${BLOCK_MS / 1_000} s`, run: blockedLoop },
  { name: 'disk full while a video is downloaded', quick: true, run: fullDisk },
];
