// What the cases share: the demo server as a process, a session through the proxy, and what it counts.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { startImpairmentProxy } from './impairment-proxy.mjs';

export const root = path.resolve(import.meta.dirname, '../..');
export const LIBRARY = path.join(root, 'dist/src/index.js');
export const library = createRequire(import.meta.url)(LIBRARY);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Rejections that nobody handled; any is a fault. */
export const unhandled = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));

/** A demo server as a child; `port` to come back at the same address, `faults` as `DemoFaults`. */
export async function startServer(options = {}) {
  const program = path.join(root, 'test/fixtures/programs/demo-server.mjs');
  const child = fork(program, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ url }] = await once(child, 'message');
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await exited;
  };
  return { url, port: Number(new URL(url).port), pid: child.pid, signal: (name) => child.kill(name), end };
}

export function demoOptions(url, over = {}) {
  return {
    server: { url, loopbackOnly: true },
    workflow: { kind: 'specification', specification: library.DEMO_WORKFLOW_SPECIFICATION },
    source: { kind: 'test-pattern', width: 480, height: 270, fps: 15 },
    streamOutput: ['image'],
    dataOutput: ['predictions'],
    ...over,
  };
}

/** Counts everything a session tells. Data messages lost: holes in the frame ids of one connection. */
export class Observer {
  frames = 0;
  data = 0;
  dataLost = 0;
  reconnects = 0;
  codes = new Set();
  phase = 'not_started';
  lastFrameMs = 0;
  #lastId = 0;
  #waiting = new Set();

  constructor(session) {
    session.onFrame(() => {
      this.frames += 1;
      this.lastFrameMs = performance.now();
      this.#check();
    });
    session.onData(({ metadata }) => {
      this.data += 1;
      if (metadata.frame_id > this.#lastId + 1 && this.#lastId > 0)
        this.dataLost += metadata.frame_id - this.#lastId - 1;
      this.#lastId = metadata.frame_id;
      this.#check();
    });
    session.onPhase(({ phase, error }) => {
      this.phase = phase;
      // A new connection counts from 1.
      if (phase !== 'live') this.#lastId = 0;
      if (error) this.codes.add(error.code);
      this.#check();
    });
    session.onWarning(({ code }) => this.codes.add(code));
    session.onStats(({ reconnects }) => (this.reconnects = reconnects));
    session.onEnd(({ error }) => {
      if (error) this.codes.add(error.code);
      this.#check();
    });
  }

  /** Resolves with whether it came true in time. */
  async until(condition, limitMs) {
    if (condition()) return true;
    return new Promise((resolve) => {
      const finish = (value) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(value);
      };
      const check = () => condition() && finish(true);
      const timer = setTimeout(() => finish(false), limitMs);
      this.#waiting.add(check);
    });
  }

  #check() {
    for (const check of [...this.#waiting]) check();
  }
}

/**
 * Server, proxy and a live session; `work` gets them. Ends all of it. `thread` as in the session's second argument,
 * `faults` those of the server.
 */
export async function withSession(over, work, { thread = 'worker', faults = {} } = {}) {
  const server = await startServer({ faults });
  const proxy = await startImpairmentProxy({ target: server.url });
  const session = new library.WebRTCSession(demoOptions(proxy.url, over), { thread });
  const observer = new Observer(session);
  const rig = { server, proxy, session, observer };
  try {
    session.start();
    if (!(await observer.until(() => observer.frames > 15 && observer.data > 15, 60_000)))
      throw new Error('never live');
    return await work(rig);
  } finally {
    await session.close();
    await proxy.close();
    await rig.server.end('SIGKILL');
  }
}
