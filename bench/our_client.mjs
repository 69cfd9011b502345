// Our library in a benchmark: the same work as official_client.py, the same words. `node our_client.mjs URL MODE TARGET`.
// Further modes: encode (a camera that must be encoded), sessions:N and shared:N (N test patterns of 320x240, in
// threads of their own or in one). `raw-heap` and `jpeg-heap`: as in a Node-RED with large flows, whose heap holds 84 MB.
import { createRequire } from 'node:module';
import path from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const { WebRTCSession, DEMO_WORKFLOW_SPECIFICATION } = require(
  path.resolve(import.meta.dirname, '../dist/src/index.js'),
);
const [, , url, mode, target] = process.argv;
const [kind, count = '1'] = mode.replace('-heap', '').split(':');
// Node-RED's own objects, which V8 goes through whenever it collects all garbage.
if (mode.endsWith('-heap'))
  globalThis.heap = Array.from({ length: 1e6 }, (_, id) => ({ id, name: `n${id}`, next: id }));
const many = kind === 'sessions' || kind === 'shared';

const state = { frames: 0, data: 0, toData: [], toFrame: [], split: [], firstFrameMs: null, uploadMs: null };
const delay = monitorEventLoopDelay({ resolution: 1 });
let utilization = performance.eventLoopUtilization();
const say = (event, facts = {}) => process.stdout.write(`${JSON.stringify({ event, at: Date.now(), ...facts })}\n`);

const fps = /latency(\d+)/.exec(mode)?.[1];
const camera = { kind: 'stream', url: target, video: kind === 'encode' ? 'encode' : 'auto' };
const sources = {
  raw: camera,
  jpeg: camera,
  encode: camera,
  data: camera,
  batch: { kind: 'upload', path: target },
  upload: { kind: 'upload', path: target },
};
const source =
  sources[kind] ??
  (fps === undefined
    ? { kind: 'test-pattern', width: 320, height: 240, fps: 10 }
    : { kind: 'test-pattern', width: 640, height: 360, fps: Number(fps) });

const options = {
  server: { url, loopbackOnly: true },
  workflow: { kind: 'specification', specification: DEMO_WORKFLOW_SPECIFICATION },
  source,
  streamOutput: kind === 'data' ? [] : ['image'],
  dataOutput: many ? ['predictions'] : ['frame_number'],
  frameFormats: kind === 'data' ? [] : [kind === 'jpeg' || many ? 'jpeg' : 'bgr24'],
};

let started = 0;
let waiting = Number(count);

function open() {
  let isLive = false;
  const firstResult = () => {
    if (isLive) return;
    isLive = true;
    waiting -= 1;
    if (waiting === 0) say('live');
  };
  const session = new WebRTCSession(options, many ? { maxThreads: kind === 'shared' ? 1 : 16 } : {});
  session.onFrame(({ timing }) => {
    const now = Date.now();
    firstResult();
    state.frames += 1;
    state.firstFrameMs ??= now - started;
    if (fps !== undefined && timing.sentAt !== null) {
      state.toFrame.push(now - timing.sentAt);
      const { capturedAt, sentAt, receivedAt } = timing;
      if (capturedAt !== null) state.split.push([sentAt - capturedAt, receivedAt - sentAt, now - receivedAt]);
    }
  });
  session.onData(({ timing }) => {
    firstResult();
    state.data += 1;
    if (fps !== undefined && timing.sentAt !== null) state.toData.push(Date.now() - timing.sentAt);
  });
  let uploadBegan = null;
  session.onPhase(({ phase }) => {
    if (phase === 'uploading') uploadBegan ??= performance.now();
    if (phase !== 'processing' || state.uploadMs !== null) return;
    state.uploadMs = performance.now() - (uploadBegan ?? 0);
    say('uploaded');
  });
  session.onEnd(({ error }) => say('end', { ...state, error }));
  session.start();
}

const facts = () => {
  const used = performance.eventLoopUtilization(utilization);
  utilization = performance.eventLoopUtilization();
  const loop = { elu: used.utilization, rss: process.memoryUsage().rss };
  const late = many ? { delayP99Ms: delay.percentile(99) / 1e6 } : {};
  delay.reset();
  return { ...state, ...loop, ...late };
};
createInterface({ input: process.stdin })
  .on('line', (line) => line === 'count' && say('count', facts()))
  .on('close', () => process.exit(0));

// A timer of 1 ms: it takes a percent of a core itself, so it runs only where its answer is asked for.
if (many) delay.enable();
say('ready');
started = Date.now();
for (let index = 0; index < Number(count); index += 1) open();
