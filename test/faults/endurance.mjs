// Many starts and stops, many redeploys, a long run: afterwards the process holds what it held before.
import { fork } from 'node:child_process';
import { on } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { demoOptions, library, Observer, root, sleep, startServer } from './rig.mjs';

const MIB = 1_048_576;
/** Warm-up: caches, pools and the heap's own size come with the first ones. */
const WARM_UP = 3;
/** What may be more by chance: a timer's descriptor, a thread of the pool that is about to end. */
const SLACK = { threads: 2, descriptors: 3 };
/** Beyond this a cycle keeps something; the allocator's own growth stays far below. */
const MAX_GROWTH_MIB = 64;

/** Linux only. */
function holdings(pid = process.pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
    } catch {
      return [];
    }
  });
  return {
    threads: tasks.length,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    children: children.length,
    rssMiB: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024),
  };
}

/** Waits until threads and children are down to what they were, for some seconds at most. */
async function settled(before, pid) {
  let now = holdings(pid);
  for (let tries = 0; tries < 60 && !isBack(before, now); tries += 1) {
    await sleep(250);
    now = holdings(pid);
  }
  return now;
}

const isBack = (before, now) =>
  now.children <= before.children &&
  now.threads <= before.threads + SLACK.threads &&
  now.descriptors <= before.descriptors + SLACK.descriptors;

function verdict(before, after) {
  const faults = isBack(before, after) ? [] : [`left over: ${JSON.stringify({ before, after })}`];
  if (after.rssMiB - before.rssMiB > MAX_GROWTH_MIB) faults.push(`memory grew by ${after.rssMiB - before.rssMiB} MiB`);
  return { before, after, faults };
}

/** For whoever waits an hour: how far it is, on stderr. */
async function many(count, work) {
  for (let done = 1; done <= count; done += 1) {
    await work();
    if (done % 100 === 0) console.error(`${done} of ${count}`);
  }
}

/** Sessions one after another, each until its first picture. */
export async function runCycles(count) {
  const server = await startServer();
  const once = async () => {
    const session = new library.WebRTCSession(demoOptions(server.url));
    const observer = new Observer(session);
    session.start();
    const came = await observer.until(() => observer.frames > 0 && observer.data > 0, 60_000);
    await session.close();
    if (!came) throw new Error(`a session never delivered (${observer.phase}, ${[...observer.codes]})`);
  };
  try {
    for (let index = 0; index < WARM_UP; index += 1) await once();
    globalThis.gc?.();
    const before = await settled(holdings());
    await many(count, once);
    globalThis.gc?.();
    return { case: `${count} starts and stops`, ...verdict(before, await settled(before)) };
  } finally {
    await server.end('SIGKILL');
  }
}

/** The getting-started flow in a real Node-RED, deployed again and again while it runs. */
export async function runRedeploys(count) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-faults-'));
  const userDir = path.join(directory, 'user');
  const scope = path.join(userDir, 'node_modules', '@inference-webrtc');
  mkdirSync(scope, { recursive: true });
  symlinkSync(root, path.join(scope, 'node-red'));
  const manifest = { name: 'flows', version: '1.0.0', dependencies: { '@inference-webrtc/node-red': '*' } };
  writeFileSync(path.join(userDir, 'package.json'), JSON.stringify(manifest));
  const program = path.join(root, 'test/nodes/fixtures/embedded-node-red.mjs');
  const child = fork(program, [userDir, 'headless', path.join(root, 'package.json')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const live = () =>
    new Promise((resolve, reject) => {
      let connecting = false;
      const timer = setTimeout(() => reject(new Error('the stream did not come up')), 60_000);
      child.on('message', function hear(heard) {
        if (heard.kind !== 'status') return;
        // The old stream may say that it is live until it ends.
        connecting ||= /^connecting/.test(heard.status.text ?? '');
        if (!connecting || !/^live/.test(heard.status.text ?? '')) return;
        clearTimeout(timer);
        child.off('message', hear);
        resolve();
      });
    });
  try {
    let port;
    for await (const [heard] of on(child, 'message')) {
      if (heard.kind !== 'listening') continue;
      port = heard.port;
      break;
    }
    const flows = readFileSync(path.join(root, 'examples/getting-started.json'), 'utf8');
    const deploy = async () => {
      const up = live();
      const headers = { 'content-type': 'application/json', 'Node-RED-Deployment-Type': 'full', connection: 'close' };
      const answer = await fetch(`http://127.0.0.1:${port}/flows`, { method: 'POST', headers, body: flows });
      if (!answer.ok) throw new Error(`deploying failed: ${answer.status}`);
      await up;
    };
    for (let index = 0; index < WARM_UP; index += 1) await deploy();
    const before = holdings(child.pid);
    await many(count, deploy);
    return { case: `${count} redeploys`, ...verdict(before, await settled(before, child.pid)) };
  } finally {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One session for so long; the slope of the memory of this process over the second half. */
export async function runSoak(minutes) {
  const server = await startServer();
  const session = new library.WebRTCSession(demoOptions(server.url));
  const observer = new Observer(session);
  try {
    session.start();
    await observer.until(() => observer.frames > 30, 60_000);
    const samples = [];
    const started = performance.now();
    while (performance.now() - started < minutes * 60_000) {
      globalThis.gc?.();
      samples.push({ minute: (performance.now() - started) / 60_000, rss: process.memoryUsage().rss / MIB });
      await sleep(Math.min(5_000, minutes * 6_000));
    }
    const slope = slopeOf(samples.slice(samples.length >> 1));
    const faults = observer.reconnects === 0 && observer.dataLost === 0 ? [] : ['it did not run through'];
    if (minutes >= 10 && slope > 1) faults.push(`memory grows by ${slope.toFixed(2)} MiB a minute`);
    const { frames, data, dataLost, reconnects } = observer;
    return {
      case: `soak of ${minutes} min`,
      frames,
      data,
      dataLost,
      reconnects,
      rssMiBPerMinute: Math.round(slope * 100) / 100,
      faults,
    };
  } finally {
    await session.close();
    await server.end('SIGKILL');
  }
}

/** Least squares. */
function slopeOf(samples) {
  const mean = (pick) => samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const [minute, rss] = [mean((sample) => sample.minute), mean((sample) => sample.rss)];
  const covariance = samples.reduce((sum, sample) => sum + (sample.minute - minute) * (sample.rss - rss), 0);
  const variance = samples.reduce((sum, sample) => sum + (sample.minute - minute) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}
