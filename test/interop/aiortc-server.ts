/** Runs `aiortc_server.py` as a child and follows what it prints. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { interopPython } from './venvs';

/** A line of the server: what happened and when, in epoch milliseconds of this machine. */
export interface ServerEvent {
  event: string;
  at: number;
  port?: number;
  state?: string;
  label?: string;
  answered?: number;
  message?: unknown;
}

/** Counters of the last session and of aiortc (receiver_probe.py). */
export interface ServerStats {
  sessions: number;
  answered: number;
  /** Results that came before the data channel was open. */
  discarded: number;
  lastFrameNumber: number | null;
  chunksUploaded: number;
  targetBitrate: number | null;
  encodedFrames: number;
  pictures: number;
  decoderErrors: number;
  warnings: number;
  plisSent: number;
  nacksSent: number;
  keyframesRequested: number;
  codecs: string[];
  warningTexts: string[];
}

const WAIT_MS = 20_000;

/** `start()` one for each test: its counters are those of the process. */
export class AiortcServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #events: ServerEvent[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #exited: Promise<void>;
  #stderr = '';
  #port = 0;

  private constructor(python: string) {
    this.#child = spawn(python, ['-B', join(import.meta.dirname, 'aiortc_server.py')], { stdio: 'pipe' });
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-4_000)));
    this.#exited = new Promise((resolve) => this.#child.once('close', () => resolve()));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#events.push(JSON.parse(line) as ServerEvent);
      for (const check of this.#waiting) check();
    });
  }

  static async start(): Promise<AiortcServer> {
    const server = new AiortcServer(await interopPython('aiortc'));
    server.#port = (await server.event('listening')).port ?? 0;
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The first event of that name, or that passes `matches`; rejects with what the server said instead. */
  event(name: string, matches: (event: ServerEvent) => boolean = () => true): Promise<ServerEvent> {
    return this.#after(0, name, matches);
  }

  async stats(): Promise<ServerStats> {
    const asked = this.#events.length;
    this.#child.stdin.write('stats\n');
    return (await this.#after(asked, 'stats', () => true)) as ServerEvent & ServerStats;
  }

  /** From the answer to the open `inference` channel, measured by the server. */
  async connectMs(): Promise<number> {
    const answered = await this.event('answered');
    const open = await this.event('channel', ({ label }) => label === 'inference');
    return open.at - answered.at;
  }

  /** Ends by the end of its stdin; killed when it does not. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    this.#child.stdin.end();
    await this.#exited;
    clearTimeout(timer);
  }

  async #after(from: number, name: string, matches: (event: ServerEvent) => boolean): Promise<ServerEvent> {
    const find = () => this.#events.slice(from).find((event) => event.event === name && matches(event));
    const early = find();
    if (early !== undefined) return early;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const check = (): void => {
        const event = find();
        if (event === undefined) return;
        done();
        resolve(event);
      };
      const fail = (why: string): void => {
        done();
        reject(new Error(`aiortc server: no '${name}' ${why}.\n${JSON.stringify(this.#events)}\n${this.#stderr}`));
      };
      const timer = setTimeout(() => fail(`within ${WAIT_MS / 1_000} s`), WAIT_MS);
      this.#waiting.add(check);
      void this.#exited.then(() => fail('before it ended'));
    });
  }
}
