/**
 * One FFmpeg child: arguments and bytes in, bytes of its outputs and one exit record out. Started without a shell,
 * always ended within bounds (q or end of input, SIGTERM after 2 s, SIGKILL after 2 more), never throws at its user.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { guard, settleWithin } from '../guard';
import { explain } from './failure';
import { readReused } from './reused-reads';
import { StderrTail } from './stderr-tail';

/** A program to run; `prefixArgs` go before the run's own (a script for an interpreter). */
export interface RunnableProgram {
  path: string;
  prefixArgs?: readonly string[];
}

/** What to run and where its bytes go. */
export interface FfmpegRun {
  args: readonly string[];
  /** `none`: stdin is closed, or used for `q` alone. */
  input: 'pipe' | 'none';
  /** How many outputs: file descriptors 1, 3, 4… in this order; `outputFd` gives the number. */
  outputs: number;
  /**
   * Bytes of output `index` (0-based) in order; they change as soon as the callee returns. Never called after `close()`.
   * What it throws ends the child and stands in `stderrTail`.
   */
  onOutput(index: number, chunk: Buffer): void;
  /** Masked wherever they stand in stderr. */
  secrets?: readonly string[];
  /** What it writes to stderr, secrets and all, as it comes; the chunk is only read. */
  onStderr?: (chunk: Buffer) => void;
  /** A child came to life or ended, so that someone outside of this thread can kill it. */
  onChild?: ((pid: number, running: boolean) => void) | undefined;
  /** Closes with `q` on stdin first, so that an RTSP camera hears TEARDOWN. */
  stopGently?: boolean;
  /** Above so many waiting bytes `write` refuses. Default 16 MiB. */
  maxPendingInputBytes?: number;
  /** Patience of `close` before SIGTERM, and again before SIGKILL. Default 2,000. */
  stopTimeoutMs?: number;
}

/** How a child ended. */
export interface FfmpegExit {
  /** Null when a signal ended it, or when it never started. */
  code: number | null;
  signal: string | null;
  /** Its last lines on stderr, redacted. */
  stderrTail: string;
  /** True when `close()` was called before it ended. */
  closedByUs: boolean;
}

const DEFAULT_MAX_PENDING_INPUT_BYTES = 16 * 1024 * 1024;
/** Long enough for FFmpeg to flush and for TEARDOWN to cross a slow network. */
const DEFAULT_STOP_TIMEOUT_MS = 2_000;
/** After its end, pipes that a grandchild holds open are waited for no longer than this. */
const DRAIN_TIMEOUT_MS = 1_000;

/** File descriptor of output `index`: 1, 3, 4, 5… (2 is stderr). */
export function outputFd(index: number): number {
  return index === 0 ? 1 : index + 2;
}

export class FfmpegProcess {
  /** Resolves with the first byte of any output; rejects with what `explain` says when the child ends before one. */
  readonly ready: Promise<void>;
  /** Resolves once, when the child has ended and its outputs are delivered. */
  readonly exited: Promise<FfmpegExit>;
  /** Writes refused because too much was waiting. */
  refusedWrites = 0;

  readonly #run: FfmpegRun;
  readonly #stderr: StderrTail;
  readonly #maxPendingInputBytes: number;
  #child: ChildProcess | undefined;
  #outputs: Readable[] = [];
  #childEnded = false;
  #settled = false;
  #closing: Promise<void> | undefined;
  #inputEnded = false;
  #startFailed = false;
  #outputChunks = 0;
  #markReady: () => void = noop;
  #markExited: (exit: FfmpegExit) => void = noop;

  constructor(program: RunnableProgram, run: FfmpegRun) {
    this.#run = run;
    this.#stderr = new StderrTail(run.secrets);
    this.#maxPendingInputBytes = run.maxPendingInputBytes ?? DEFAULT_MAX_PENDING_INPUT_BYTES;
    this.exited = new Promise((resolve) => (this.#markExited = resolve));
    const firstByte = new Promise<void>((resolve) => (this.#markReady = resolve));
    this.ready = Promise.race([firstByte, this.exited.then((exit) => Promise.reject(explain(exit, 'FFmpeg')))]);
    // Nobody has to listen to either.
    this.ready.catch(noop);
    this.#start(program);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Bytes accepted by `write` that the child has not taken yet. */
  get pendingInputBytes(): number {
    return this.#child?.stdin?.writableLength ?? 0;
  }

  /**
   * Queues all of `chunks` or none of them. False: refused, because more than the limit is waiting or the input has
   * ended. The chunks must not change until they are written.
   */
  write(...chunks: Buffer[]): boolean {
    const stdin = this.#child?.stdin;
    if (!stdin || this.#run.input !== 'pipe' || this.#inputEnded || !stdin.writable) return false;
    if (stdin.writableLength > this.#maxPendingInputBytes) {
      this.refusedWrites += 1;
      return false;
    }
    stdin.cork();
    for (const chunk of chunks) stdin.write(chunk);
    stdin.uncork();
    return true;
  }

  /** The input is complete: the child delivers what it still holds and ends. Idempotent. */
  endInput(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    if (this.#run.input === 'pipe') this.#child?.stdin?.end();
  }

  /** Stops reading the outputs, so that the child has to wait. What is in the pipes still comes when it ends. */
  pause(): void {
    for (const output of this.#outputs) output.pause();
  }

  /** Goes on reading. */
  resume(): void {
    for (const output of this.#outputs) output.resume();
  }

  /** Ends the child, within about 5 s at worst. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #start(program: RunnableProgram): void {
    const { input, outputs, stopGently = false, onChild } = this.#run;
    const stdin = input === 'pipe' || stopGently ? 'pipe' : 'ignore';
    const further = Array.from({ length: Math.max(0, outputs - 1) }, () => 'pipe' as const);
    const stdio: StdioOptions = [stdin, outputs > 0 ? 'pipe' : 'ignore', 'pipe', ...further];
    try {
      const args = [...(program.prefixArgs ?? []), ...this.#run.args];
      this.#child = spawn(program.path, args, { stdio, windowsHide: true, shell: false });
    } catch (thrown) {
      this.#failStart(thrown);
      return;
    }
    const child = this.#child;
    child.on('error', (error) => {
      if (child.pid === undefined) this.#failStart(error);
    });
    child.stdin?.on('error', noop); // EPIPE: the exit tells more
    this.#readStderr(child);
    for (let index = 0; index < outputs; index += 1) this.#readOutput(child, index);
    const { pid } = child;
    if (pid === undefined) return;
    const tell = guard(noop, (running: boolean) => onChild?.(pid, running));
    child.on('exit', () => {
      this.#childEnded = true;
      tell(false);
      this.#boundDrain();
    });
    child.on('close', () => this.#settle());
    tell(true);
  }

  #readStderr({ stderr }: ChildProcess): void {
    const { onStderr } = this.#run;
    stderr?.on('error', noop);
    stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    if (onStderr !== undefined) stderr?.on('data', guard(noop, onStderr));
  }

  #readOutput(child: ChildProcess, index: number): void {
    const stream = child.stdio[outputFd(index)];
    if (!isReadable(stream)) return;
    const fail = (thrown: unknown): void => {
      this.#stderr.push(Buffer.from(`\n${messageOf(thrown)}\n`));
      this.#child?.kill('SIGKILL');
    };
    const deliver = guard(fail, (chunk: Buffer) => {
      this.#markReady();
      this.#outputChunks += 1;
      if (this.#closing === undefined) this.#run.onOutput(index, chunk);
    });
    const output = readReused(stream, deliver);
    this.#outputs.push(output);
    output.on('error', noop); // a broken pipe is told by the exit
  }

  #failStart(thrown: unknown): void {
    this.#childEnded = true;
    this.#startFailed = true;
    this.#stderr.push(Buffer.from(`cannot start: ${messageOf(thrown)}\n`));
    this.#settle();
  }

  /** A pipe inherited by someone else never ends: once nothing more comes through it, do not wait for it. */
  #boundDrain(): void {
    const before = this.#outputChunks;
    const giveUp = (): void => {
      if (this.#outputChunks > before && this.#closing === undefined) {
        this.#boundDrain();
        return;
      }
      for (const stream of [...this.#outputs, ...(this.#child?.stdio ?? [])]) stream?.destroy();
      this.#settle();
    };
    // The immediate lets a loop that was blocked for longer than the timer read first.
    const timer = setTimeout(() => setImmediate(giveUp), DRAIN_TIMEOUT_MS);
    void this.exited.then(() => clearTimeout(timer));
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    const ended = this.#startFailed ? undefined : this.#child;
    this.#markExited({
      code: ended?.exitCode ?? null,
      signal: ended?.signalCode ?? null,
      stderrTail: this.#stderr.text,
      closedByUs: this.#closing !== undefined,
    });
  }

  async #shutDown(): Promise<void> {
    if (this.#settled) return;
    const stdin = this.#child?.stdin;
    this.#inputEnded = true;
    this.resume(); // what is still to come is read and dropped, or the child could hang on a full pipe
    if (this.#run.stopGently) askToQuit(stdin);
    else if (this.#run.input === 'pipe') stdin?.destroy();
    else this.#signal('SIGTERM');
    const { stopTimeoutMs = DEFAULT_STOP_TIMEOUT_MS } = this.#run;
    await settleWithin(stopTimeoutMs, this.exited);
    this.#signal('SIGTERM');
    await settleWithin(stopTimeoutMs, this.exited);
    this.#signal('SIGKILL');
    await settleWithin(2 * DRAIN_TIMEOUT_MS, this.exited);
  }

  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#childEnded) return;
    this.#child?.kill(name);
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function askToQuit(stdin: Writable | null | undefined): void {
  if (stdin?.writable) stdin.write('q');
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'pause' in stream && 'read' in stream;
}

function noop(): void {
  // Told elsewhere: by the exit record.
}
