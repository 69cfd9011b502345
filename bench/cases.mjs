// The cases: each runs one client once and gives numbers. `goal` is the most that ours may be of the official client's.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  bulkFile,
  cameraClip,
  fileClip,
  numberedClip,
  returnedClip,
  startCamera,
  startClient,
  startPeer,
} from './parts.mjs';
import { treeCpuSeconds } from './process-tree.mjs';

const { vp8EncodeArgs } = createRequire(import.meta.url)('../dist/src/ffmpeg/encode-arguments.js');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** V8 compiles what runs often, a few hundred packets a second, for a while; and the server's bit rate settles. */
const STEADY_AFTER_MS = 20_000;
const SETTLE_MS = 12_000;
const QUICK_SETTLE_MS = 2_000;
/** The slower of both clients takes a minute. */
const UPLOAD_WAIT_MS = 300_000;

export function percentile(values, share) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

async function withPeer(work) {
  const peer = await startPeer();
  try {
    return await work(peer);
  } finally {
    await peer.stop();
  }
}

/** What a client uses and delivers in a stretch of steady running. */
async function steady(client, { seconds, quick }) {
  await sleep(quick ? QUICK_SETTLE_MS : STEADY_AFTER_MS);
  const [cpu, at, first] = [treeCpuSeconds(client.pid), performance.now(), await client.count()];
  await sleep(seconds * 1_000);
  const [used, took] = [treeCpuSeconds(client.pid) - cpu, (performance.now() - at) / 1_000];
  const last = await client.count();
  return {
    cpu: used / took,
    framesASecond: (last.frames - first.frames) / took,
    dataASecond: (last.data - first.data) / took,
    ...(last.elu === undefined ? {} : { elu: last.elu }),
    ...(last.delayP99Ms === undefined ? {} : { delayP99Ms: last.delayP99Ms }),
  };
}

/** How soon the peer saw the data channel open after its answer. */
async function connectMs(peer) {
  const answered = await peer.event('answered');
  const opened = await peer.event('channel', { fits: ({ label }) => label === 'inference' });
  return opened.at - answered.at;
}

const live = (mode) => (who, how) =>
  withPeer(async (peer) => {
    const camera = await startCamera(cameraClip(how.quick ? 20 : 120));
    const client = startClient(who, peer.url, who === 'official' && mode === 'encode' ? 'raw' : mode, camera.url);
    try {
      await client.event('live');
      const startCpuSeconds = treeCpuSeconds(client.pid);
      const run = await steady(client, how);
      const { firstFrameMs } = await client.count();
      return { ...run, startCpuSeconds, firstFrameMs, connectMs: await connectMs(peer) };
    } finally {
      await client.stop();
      await camera.stop();
    }
  });

const batch = (who, { quick }) =>
  withPeer(async (peer) => {
    const client = startClient(who, peer.url, 'batch', fileClip(quick ? 30 : 600));
    try {
      const { at } = await client.event('live');
      const cpu = treeCpuSeconds(client.pid);
      const end = await client.event('end');
      const seconds = (end.at - at) / 1_000;
      return {
        framesASecond: end.frames / seconds,
        cpuASecondOfVideo: ((treeCpuSeconds(client.pid) - cpu) * 30) / end.frames,
      };
    } finally {
      await client.stop();
    }
  });

const upload = (who, { quick }) =>
  withPeer(async (peer) => {
    const megabytes = quick ? 2 : 100;
    const client = startClient(who, peer.url, 'upload', bulkFile(megabytes));
    try {
      await client.event('uploaded', { waitMs: UPLOAD_WAIT_MS });
      const { uploadMs } = await client.count();
      return { mbASecond: (megabytes * 1_000) / uploadMs };
    } finally {
      await client.stop();
    }
  });

const latency =
  (fps) =>
  (who, { seconds }) =>
    withPeer(async (peer) => {
      const client = startClient(who, peer.url, who === 'ours' ? `latency${fps}` : 'latency', numberedClip(fps, 90));
      try {
        await client.event('live');
        await sleep(SETTLE_MS);
        const before = await client.count();
        await sleep(seconds * 1_000);
        const after = await client.count();
        const [toData, toFrame] = ['toData', 'toFrame'].map((name) => after[name].slice(before[name].length));
        const split = (after.split ?? []).slice((before.split ?? []).length);
        const part = (index) =>
          percentile(
            split.map((parts) => parts[index]),
            0.5,
          );
        return {
          ...{ toDataP50: percentile(toData, 0.5), toDataP95: percentile(toData, 0.95) },
          ...{ toFrameP50: percentile(toFrame, 0.5), toFrameP95: percentile(toFrame, 0.95) },
          ...(split.length === 0 ? {} : { captureToSend: part(0), sendToReceive: part(1), receiveToDeliver: part(2) }),
        };
      } finally {
        await client.stop();
      }
    });

/** N sessions in one process on the demo server, which is another one. */
const sessions = (mode) => async (_who, how) => {
  const { startServer } = await import('../test/faults/rig.mjs');
  const server = await startServer();
  const client = startClient('ours', server.url, mode);
  try {
    await client.event('live');
    const run = await steady(client, how);
    return { ...run, rssMiB: (await client.count()).rss / 2 ** 20 };
  } finally {
    await client.stop();
    await server.end('SIGKILL');
  }
};

/** CPU of the bare FFmpeg commands for the same decoding, and encoding as ours where there is any, in real time. */
const floor =
  (encode) =>
  async (_who, { seconds, quick }) => {
    const camera = await startCamera(cameraClip(quick ? 20 : 120));
    const quiet = ['-v', 'error', '-nostdin'];
    const vp8 = vp8EncodeArgs({ width: 1280, height: 720, fps: 30 });
    const reading = [...quiet, '-rtsp_transport', 'tcp', '-i', camera.url, ...(encode ? vp8 : ['-c', 'copy'])];
    const decoding = [
      ...quiet,
      '-re',
      '-stream_loop',
      '-1',
      '-threads',
      '1',
      '-i',
      returnedClip(10),
      '-f',
      'rawvideo',
      '-pix_fmt',
      'bgr24',
    ];
    const children = [
      [...reading, '-f', 'null', '-'],
      [...decoding, '-y', '/dev/null'],
    ].map((args) => spawn('ffmpeg', args, { stdio: 'ignore' }));
    try {
      await sleep(SETTLE_MS);
      const cpu = () => children.reduce((sum, { pid }) => sum + treeCpuSeconds(pid), 0);
      const [before, at] = [cpu(), performance.now()];
      await sleep(seconds * 1_000);
      return { cpu: (cpu() - before) / ((performance.now() - at) / 1_000) };
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await camera.stop();
    }
  };

/** `ratios`: measures of ours over the official client's, with their goals; `min`: ours has to be at least so much. */
export const CASES = [
  {
    name: 'camera copied, raw BGR',
    quick: true,
    run: live('raw'),
    ratios: { cpu: 0.35, firstFrameMs: 1 },
    most: { connectMs: 150, elu: 0.015 },
  },
  { name: 'camera copied, JPEG', run: live('jpeg'), ratios: { cpu: 0.45 }, most: { elu: 0.005 } },
  // The official client has no event loop to burden; what counts here is ours.
  { name: 'a full heap, raw BGR', alone: true, run: live('raw-heap') },
  { name: 'a full heap, JPEG', alone: true, run: live('jpeg-heap') },
  { name: 'camera encoded, raw BGR', run: live('encode'), ratios: { cpu: 0.55 } },
  { name: 'data only', run: live('data'), ratios: { cpu: 0.15 } },
  { name: 'batch file', run: batch, ratios: { cpuASecondOfVideo: 0.6 }, min: { framesASecond: 1 } },
  { name: 'upload', run: upload, min: { mbASecond: 1 } },
  {
    name: 'latency at 30 fps',
    run: latency(30),
    ratios: { toDataP50: 0.25, toDataP95: 0.25, toFrameP50: 0.25, toFrameP95: 0.25 },
  },
  {
    name: 'latency at 10 fps',
    run: latency(10),
    ratios: { toDataP50: 0.15, toDataP95: 0.15, toFrameP50: 0.15, toFrameP95: 0.15 },
  },
  ...[1, 2, 4, 8].map((count) => ({
    name: `${count} sessions`,
    alone: true,
    quick: count === 2,
    run: sessions(`sessions:${count}`),
  })),
  ...[1, 4].map((count) => ({ name: `${count} sessions, one thread`, alone: true, run: sessions(`shared:${count}`) })),
  { name: 'floor: FFmpeg, copied', alone: true, run: floor(false) },
  { name: 'floor: FFmpeg, encoded', alone: true, run: floor(true) },
];
