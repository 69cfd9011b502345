// The main job, headless: a real Node-RED, the four real nodes, the built-in demo server, real video. What the wires
// carry is counted and judged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createRequire } from 'node:module';
import { bootNodeRed, root } from './node-red-host.mjs';

const require = createRequire(import.meta.url);

const WANTED = 100;
const LIMIT_MS = 120_000;
/** The demo's motion detector learns its background for so many frames (protocol.md M: history). */
const LEARNING_FRAMES = 30;
/** Objects may touch the edge of a decision now and then; a detector that is off by one is off on most frames. */
const RIGHT_COUNT_SHARE = 0.9;

const isAddress = (source) => /^[a-z]+:\/\//i.test(source);

function checkFlow(source) {
  const stream = source
    ? {
        source: 'stream',
        url: isAddress(source) ? source : path.resolve(source),
        loop: !isAddress(source),
        video: 'auto',
      }
    : { source: 'test-pattern' };
  const probe = (tap, y) => ({ id: `probe-${tap}`, type: 'check-probe', z: 'tab', tap, x: 500, y, wires: [] });
  return [
    { id: 'tab', type: 'tab', label: 'check' },
    { id: 'session', type: 'webrtc-session', name: 'demo', server: 'demo', workflow: 'motion' },
    {
      id: 'stream',
      type: 'webrtc-stream',
      z: 'tab',
      name: 'check',
      session: 'session',
      start: 'deploy',
      ...stream,
      x: 200,
      y: 80,
      wires: [['probe-state']],
    },
    {
      id: 'data',
      type: 'on-data',
      z: 'tab',
      session: 'session',
      fields: ['predictions', 'motion'],
      outputs: 2,
      x: 200,
      y: 160,
      wires: [['probe-predictions'], ['probe-motion']],
    },
    {
      id: 'frame',
      type: 'on-frame',
      z: 'tab',
      session: 'session',
      format: 'jpeg',
      x: 200,
      y: 240,
      wires: [['probe-frame']],
    },
    { id: 'catch', type: 'catch', z: 'tab', scope: null, uncaught: false, x: 200, y: 320, wires: [['probe-error']] },
    probe('state', 80),
    probe('predictions', 120),
    probe('motion', 160),
    probe('frame', 240),
    probe('error', 320),
  ];
}

/** Collects until enough has come, the flow reports an error, or time is up. */
function collect() {
  const seen = { data: [], motionFrames: 0, frames: [], errors: [], states: [] };
  const done = new Promise((resolve) => {
    const limit = setTimeout(resolve, LIMIT_MS);
    const finish = () => {
      clearTimeout(limit);
      resolve();
    };
    globalThis[Symbol.for('inference-webrtc.check-probe')] = (tap, msg) => {
      if (tap === 'predictions')
        seen.data.push({ at: Date.now(), count: msg.payload?.predictions?.length ?? 0, timing: msg.timing });
      if (tap === 'motion' && msg.payload === true) seen.motionFrames += 1;
      if (tap === 'frame')
        seen.frames.push({
          paired: msg.metadata != null,
          isJpeg: msg.payload?.[0] === 0xff && msg.payload?.[1] === 0xd8,
        });
      if (tap === 'state') seen.states.push(msg.payload?.state);
      if (tap === 'error') {
        seen.errors.push(`${msg.error?.code ?? ''} ${msg.error?.message ?? ''}`.trim());
        if (seen.states.at(-1) === 'failed') finish();
      }
      if (seen.data.length >= WANTED && seen.frames.length >= WANTED) finish();
    };
  });
  return { seen, done };
}

function percentile(values, share) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 10) / 10;
}

function report(seen, utilization) {
  const latencies = seen.data.flatMap(({ timing }) =>
    timing?.sentAt == null || timing.receivedAt == null ? [] : [timing.receivedAt - timing.sentAt],
  );
  const first = seen.data[0]?.at ?? 0;
  const last = seen.data.at(-1)?.at ?? 0;
  const seconds = (last - first) / 1000;
  return {
    frames: seen.frames.length,
    data: seen.data.length,
    paired: seen.frames.filter(({ paired }) => paired).length,
    fps: seconds > 0 ? Math.round((10 * (seen.data.length - 1)) / seconds) / 10 : null,
    motionFrames: seen.motionFrames,
    detections: seen.data.reduce((sum, { count }) => sum + count, 0),
    latencyMsP50: percentile(latencies, 0.5),
    latencyMsP95: percentile(latencies, 0.95),
    eventLoopUtilization: Math.round(utilization * 10_000) / 10_000,
    ...(seen.errors.length > 0 ? { errors: [...new Set(seen.errors)].slice(0, 5) } : {}),
  };
}

/** Why it has not passed, in words; empty when it has. */
function complaints(seen, source) {
  const found = [];
  if (seen.frames.length < WANTED) found.push(`only ${seen.frames.length} of ${WANTED} frames came`);
  if (seen.data.length < WANTED) found.push(`only ${seen.data.length} of ${WANTED} data messages came`);
  if (!seen.frames.every(({ isJpeg }) => isJpeg)) found.push('a frame is not a JPEG');
  if (seen.motionFrames === 0) found.push('no motion was seen');
  if (source) return found;
  const { TEST_PATTERN_OBJECTS } = require(path.join(root, 'dist/src/index.js'));
  const judged = seen.data.slice(LEARNING_FRAMES + 5);
  const right = judged.filter(({ count }) => count === TEST_PATTERN_OBJECTS).length;
  if (right < RIGHT_COUNT_SHARE * judged.length) {
    found.push(
      `the ${TEST_PATTERN_OBJECTS} objects of the test pattern were found in ${right} of ${judged.length} frames`,
    );
  }
  return found;
}

/** Resolves with { passed, report }; complaints go to stderr. */
export async function runCheck({ source }) {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-check-'));
  writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(checkFlow(source)));
  const { seen, done } = collect();
  const host = await bootNodeRed({
    userDir,
    port: 0,
    settings: {
      flowFile: 'flows.json',
      disableEditor: true,
      credentialSecret: false,
      nodesDir: path.join(root, 'scripts/check-probe'),
      logging: { console: { level: 'warn', metrics: false, audit: false } },
    },
  });
  const before = performance.eventLoopUtilization();
  await done;
  const { utilization } = performance.eventLoopUtilization(before);
  const found = complaints(seen, source);
  for (const complaint of found) console.error(`check: ${complaint}`);
  if (found.length > 0) console.error(`check: states were ${seen.states.join(' -> ')}`);
  await host.stop();
  rmSync(userDir, { recursive: true, force: true });
  return { passed: found.length === 0, report: report(seen, utilization) };
}
