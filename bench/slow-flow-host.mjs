// The Node-RED of slow-flow.mjs: a live stream into a flow that takes `workMs` for each frame. Tells its parent the
// resident memory every few seconds, after a garbage collection, and the counters of the nodes when it is told to stop.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bootNodeRed, root } from '../scripts/node-red-host.mjs';

const { kind, url, fps, workMs, seconds, warmUpSeconds } = JSON.parse(process.argv[2]);
const acknowledged = kind === 'acknowledged';
const probe = (tap) => ({ id: `probe-${tap}`, type: 'check-probe', z: 'tab', tap, x: 500, y: 80, wires: [] });
const flow = [
  { id: 'tab', type: 'tab', label: 'slow flow' },
  { id: 'session', type: 'webrtc-session', server: 'own', url, imageOutput: 'image', interfaces: '127.0.0.1' },
  {
    ...{ id: 'stream', type: 'webrtc-stream', z: 'tab', name: 'live', session: 'session', source: 'test-pattern' },
    ...{ fps: String(fps), start: 'deploy', x: 200, y: 80, wires: [['probe-state']] },
  },
  {
    ...{ id: 'data', type: 'on-data', z: 'tab', session: 'session', fields: ['predictions'], outputs: 1 },
    ...{ x: 200, y: 160, wires: [['probe-predictions']] },
  },
  {
    ...{ id: 'frame', type: 'on-frame', z: 'tab', session: 'session', format: 'jpeg', x: 200, y: 240 },
    ...{ pace: acknowledged ? 'in-flight' : 'every', inputs: acknowledged ? 1 : 0, wires: [['probe-frame']] },
  },
  { id: 'catch', type: 'catch', z: 'tab', scope: null, uncaught: false, x: 200, y: 320, wires: [['probe-error']] },
  ...['state', 'predictions', 'frame', 'error'].map(probe),
];

/** Collecting takes time from the flow. */
const SAMPLE_MS = 3_000;

const counts = { frames: 0, data: 0, errors: [] };
const answers = {};
const badges = {};
let RED;

function work(msg) {
  counts.frames += 1;
  if (acknowledged) {
    setTimeout(() => RED.nodes.getNode('frame')?.receive(msg), workMs);
    return;
  }
  // Holds the loop up as a long computation does, and leaves the processor to the video.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workMs);
}

const taps = {
  frame: (msg) => (msg.topic === 'state' ? (answers.pacing = msg.payload) : work(msg)),
  predictions: () => (counts.data += 1),
  state: (msg) => (answers.stats = msg.payload.stats ?? answers.stats),
  error: (msg) => counts.errors.push(`${msg.error?.code ?? ''} ${msg.error?.message ?? ''}`.trim()),
};
globalThis[Symbol.for('inference-webrtc.check-probe')] = (tap, msg) => {
  if (msg !== null) taps[tap]?.(msg);
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const userDir = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-slow-'));
writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flow));
const host = await bootNodeRed({
  userDir,
  port: 0,
  settings: {
    ...{ flowFile: 'flows.json', disableEditor: true, credentialSecret: false },
    nodesDir: path.join(root, 'scripts/check-probe'),
    logging: { console: { level: 'warn', metrics: false, audit: false } },
  },
});
({ RED } = host);
RED.events.on('node-status', ({ id, status }) => (badges[id] = status.text));
process.on('disconnect', () => process.exit(1));

const startMs = performance.now();
const endMs = startMs + 1_000 * (warmUpSeconds + seconds);
while (performance.now() < endMs) {
  await pause(SAMPLE_MS);
  // Garbage of the flow's own messages hides what is kept: a loop that is held up collects seldom.
  globalThis.gc();
  const { rss: bytes, heapUsed, arrayBuffers } = process.memoryUsage();
  process.send({ kind: 'rss', atMs: performance.now() - startMs, bytes, heapUsed, arrayBuffers });
}
RED.nodes.getNode('stream').receive({ action: 'status' });
RED.nodes.getNode('frame').receive({ action: 'status' });
await pause(2_000);
process.send({ kind: 'end', counts, badges, ...answers });
await host.stop();
rmSync(userDir, { recursive: true, force: true });
process.exit(0);
