// Does memory stay flat when a flow is ten times slower than the video, and are the drops counted? One JSON line,
// exit 0 or 1. The demo server runs in a process of its own; what is measured is the whole process of Node-RED with
// the threads of its sessions, each time after a garbage collection in all of them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Usage: node bench/slow-flow.mjs [options]

  --kind KIND      blocking (default): a function that holds up Node-RED's event loop for each frame
                   acknowledged: on-frame sends one at a time, and the flow brings it back late
  --minutes N      how long memory is watched (default 5)
  --warm-up N      seconds before that (default 120)
  --fps N          frames a second of the video (default 10); the flow takes ten times as long for each
`;
const MAX_SLOPE_MB_PER_MINUTE = 1;
/** Below, garbage collection decides and not the product. */
const MIN_MINUTES_TO_JUDGE = 3;
const SLOWNESS = 10;
const SAMPLES_BETWEEN_LINES = 10;

/** Least squares, megabytes a minute. */
function slope(samples) {
  const xs = samples.map(({ atMs }) => atMs / 60_000);
  const ys = samples.map(({ bytes }) => bytes / 2 ** 20);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, x, index) => sum + (x - meanX) * (ys[index] - meanY), 0);
  return covariance / xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
}

const round = (value, digits = 2) => Number(value.toFixed(digits));
const megabytes = (bytes) => round(bytes / 2 ** 20, 1);
const here = (file) => path.join(import.meta.dirname, file);

/** For whoever waits: memory so far, on stderr. */
function progress({ atMs, bytes, heapUsed, arrayBuffers }) {
  const parts = [bytes, heapUsed, arrayBuffers].map(megabytes).join(' / ');
  console.error(`slow-flow: ${Math.round(atMs / 1_000)} s, resident / heap / buffers ${parts} MB`);
}

async function measure(task) {
  const server = fork(here('../test/fixtures/programs/demo-server.mjs'));
  const [{ url }] = await once(server, 'message');
  const host = fork(here('slow-flow-host.mjs'), [JSON.stringify({ ...task, url })], {
    stdio: [0, 2, 2, 'ipc'],
    execArgv: ['--expose-gc'],
    // By way of the environment, because threads do not inherit arguments.
    env: { ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(here('collect-garbage.mjs'))}` },
  });
  const samples = [];
  let end;
  host.on('message', (message) => {
    if (message.kind !== 'rss') end = message;
    else if (samples.push(message) % SAMPLES_BETWEEN_LINES === 0) progress(message);
  });
  await once(host, 'exit');
  server.disconnect();
  return { samples, end };
}

function report({ kind, minutes, warmUpSeconds }, { samples, end }) {
  const judged = samples.filter(({ atMs }) => atMs >= warmUpSeconds * 1_000);
  const bytes = judged.map((sample) => sample.bytes);
  return {
    kind,
    minutes,
    framesReceived: end.stats.framesReceived,
    framesInFlow: end.counts.frames,
    // What the node counts and shows: left out by the session while the loop was held up, or by the node's own pace.
    framesDropped: end.pacing?.dropped ?? 0,
    droppedInSession: end.stats.framesDropped,
    dataInFlow: end.counts.data,
    dataDropped: end.stats.dataDropped,
    badge: end.badges.frame,
    heapMb: { first: megabytes(judged[0].heapUsed), last: megabytes(judged.at(-1).heapUsed) },
    rssMb: { first: megabytes(bytes[0]), last: megabytes(bytes.at(-1)), max: megabytes(Math.max(...bytes)) },
    slopeMbPerMinute: round(slope(judged)),
    ...(end.counts.errors.length > 0 ? { errors: [...new Set(end.counts.errors)].slice(0, 5) } : {}),
  };
}

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'blocking' },
    minutes: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '120' },
    fps: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || !['blocking', 'acknowledged'].includes(values.kind)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
const [minutes, warmUpSeconds, fps] = [values.minutes, values['warm-up'], values.fps].map(Number);
const task = { kind: values.kind, minutes, warmUpSeconds, fps, seconds: minutes * 60 };
const result = await measure({ ...task, workMs: (SLOWNESS * 1_000) / fps });
if (result.end === undefined) {
  console.error('slow-flow: Node-RED ended without a report, see above.');
  process.exit(1);
}
const line = report(task, result);
const flat = minutes < MIN_MINUTES_TO_JUDGE || line.slopeMbPerMinute < MAX_SLOPE_MB_PER_MINUTE;
const passed = flat && line.framesDropped > 0 && line.errors === undefined;
console.log(JSON.stringify({ passed, ...line }));
process.exit(passed ? 0 : 1);
