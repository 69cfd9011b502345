/** Starts `fixtures/embedded-node-red.mjs`, deploys to it, hears what an editor would, and looks at what it holds. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const PACKAGE_ROOT = path.resolve(import.meta.dirname, '../..');

/** What the fixture tells. */
export type Heard =
  | { kind: 'listening'; port: number }
  | { kind: 'status'; id: string; status: { fill?: string; shape?: string; text?: string } }
  | { kind: 'debug'; name?: string; msg: string }
  | { kind: 'routes'; routes: AdminRouteOfRuntime[] };

export interface AdminRouteOfRuntime {
  method: string;
  path: string;
  /** Registered by this package. */
  ours: boolean;
}

/** What a process holds of its system. */
export interface Holdings {
  threads: number;
  descriptors: number;
  children: string[];
  temporaryFiles: string[];
}

/** A Node-RED other than the one of this repository, with the package already installed in its user directory. */
export interface Installation {
  /** The Node program that runs it. */
  execPath: string;
  /** A directory in whose `node_modules` Node-RED is. */
  nodeRed: string;
  userDir: string;
}

export class NodeRed {
  readonly heard: Heard[] = [];
  url = '';
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #arrivals = new EventEmitter();
  readonly #headers: Record<string, string>;
  output = '';

  constructor(mode: 'editor' | 'headless' | 'guarded', installation?: Installation) {
    this.#headers = { connection: 'close', ...(mode === 'guarded' ? { authorization: 'Bearer reader' } : {}) };
    this.#directory = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-node-red-'));
    mkdirSync(this.#temporary);
    const { execPath, nodeRed, userDir } = installation ?? linkedInstallation(path.join(this.#directory, 'user'));
    const program = path.join(import.meta.dirname, 'fixtures/embedded-node-red.mjs');
    this.#child = fork(program, [userDir, mode, path.join(nodeRed, 'package.json')], {
      env: { ...process.env, TMPDIR: this.#temporary },
      execPath,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.#child.on('message', (message) => {
      this.heard.push(message as Heard);
      this.#arrivals.emit('heard');
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('Node-RED did not start');
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async ready(): Promise<this> {
    const { port } = await this.first((heard) => heard.kind === 'listening');
    this.url = `http://127.0.0.1:${port}/`;
    return this;
  }

  /** Replaces the flows; resolves when they are started. */
  async deploy(flows: object[], type: 'full' | 'flows' | 'nodes' = 'full'): Promise<void> {
    const response = await fetch(`${this.url}flows`, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flows),
    });
    if (!response.ok) throw new Error(`Deploying failed: ${response.status} ${await response.text()}`);
  }

  /** The first thing heard since `from` that fits. */
  async first<Kind extends Heard>(
    fits: ((heard: Heard) => heard is Kind) | ((heard: Heard) => boolean),
    { from = 0, timeoutMs = 30_000 } = {},
  ): Promise<Kind> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.heard.slice(from).find(fits);
      if (found !== undefined) return found as Kind;
      try {
        await once(this.#arrivals, 'heard', { signal });
      } catch {
        const last = JSON.stringify(this.heard.slice(-5)).slice(0, 2_000);
        throw new Error(`Node-RED did not tell what was waited for. Last: ${last}\n${this.output.slice(-2_000)}`);
      }
    }
  }

  /** The first status of a node with this text since `from`. */
  status(id: string, text: RegExp, options: { from?: number; timeoutMs?: number } = {}): Promise<Heard> {
    return this.first(
      (heard) => heard.kind === 'status' && heard.id === id && text.test(heard.status.text ?? ''),
      options,
    );
  }

  /** Linux only. */
  holdings(): Holdings {
    return {
      threads: readdirSync(`/proc/${this.pid}/task`).length,
      descriptors: readdirSync(`/proc/${this.pid}/fd`).length,
      children: childrenOf(this.pid),
      temporaryFiles: readdirSync(this.#temporary),
    };
  }

  /** Every route of the admin server. */
  async adminRoutes(): Promise<AdminRouteOfRuntime[]> {
    this.#child.send('routes');
    return (await this.first((heard) => heard.kind === 'routes')).routes;
  }

  async stop(): Promise<void> {
    if (this.alive) {
      const exited = once(this.#child, 'exit');
      this.#child.send('stop');
      const limit = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
      await exited;
      clearTimeout(limit);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #temporary(): string {
    return path.join(this.#directory, 'tmp');
  }
}

/** This repository in a new user directory, run by this Node and the Node-RED of its development. */
export function linkedInstallation(userDir: string): Installation {
  const scope = path.join(userDir, 'node_modules', '@inference-webrtc');
  mkdirSync(scope, { recursive: true });
  symlinkSync(PACKAGE_ROOT, path.join(scope, 'node-red'));
  const manifest = { name: 'flows', version: '1.0.0', dependencies: { '@inference-webrtc/node-red': '*' } };
  writeFileSync(path.join(userDir, 'package.json'), JSON.stringify(manifest));
  return { execPath: process.execPath, nodeRed: PACKAGE_ROOT, userDir };
}

/** Command lines of the children of any thread of a process. */
function childrenOf(pid: number): string[] {
  const ids = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ');
    } catch {
      // The thread has gone meanwhile.
      return [];
    }
  });
  return ids
    .filter((id) => id !== '')
    .map((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return 'gone';
      }
    });
}

/** Polls, for facts that nobody announces; fails with the last value after `timeoutMs`. */
export async function eventually<Value>(
  read: () => Value,
  fits: (value: Value) => boolean,
  timeoutMs = 30_000,
): Promise<Value> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = read();
    if (fits(value)) return value;
    if (performance.now() > end) throw new Error(`It stayed ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
