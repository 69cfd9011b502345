/**
 * The main thread's hold on one worker: messages by session id, liveness, and the children of a worker that died.
 * A child process survives the worker that spawned it (field-notes.md 2), so every pid is known here.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { SessionError } from '../errors';
import { guard } from '../guard';
import type { FromWorker, ToWorker, WorkerSetup } from './messages';

/** A worker that has not answered for so long is blocked; JSON of a large message takes a fraction of it. */
const PING_INTERVAL_MS = 5_000;
const MAX_SILENT_PINGS = 4;
const EXIT_LIMIT_MS = 3_000;
/** Whoever wants to stop waits no longer than this for a sign of life; Node-RED gives a closing node 15 s in all. */
const SIGN_OF_LIFE_MS = 4_000;
/**
 * Pictures live outside the JavaScript heap; a session's own objects take a few MB, a hostile server's messages at most
 * some 400 MB (`session-results.ts`, `link.ts`). It must not come near the limit: V8 ends the whole process, not only
 * the thread, when a single large allocation finds no room.
 */
const MAX_HEAP_MB = 768;
/**
 * Room for what is made and dropped with each packet. V8 lets it grow to 48 MB and keeps that: a further session took
 * 44 MB so, and takes 30 MB with this, at the same CPU [measured].
 */
const MAX_YOUNG_MB = 6;

/** Whoever has something living in the worker. */
export interface WorkerTenant {
  onMessage(message: FromWorker): void;
  /** The worker is gone and everything in it; at most once. */
  onDied(error: SessionError): void;
}

/** See the file header. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #tenants = new Map<number, WorkerTenant>();
  readonly #children = new Set<number>();
  readonly #exited: Promise<void>;
  readonly #pinger: NodeJS.Timeout;
  #nextId = 1;
  #silentPings = 0;
  #heard = 0;
  #failure: SessionError | undefined;
  #dead = false;

  /** `ffmpegPath`: of the first tenant, which it asks for while it loads. */
  constructor(onExit: () => void, ffmpegPath?: string) {
    // `entry.js` and all it needs in one file (scripts/bundle-thread.mjs).
    this.#worker = new Worker(path.join(__dirname, 'thread.js'), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
      // Node-RED's own flags and argv mean nothing to a session.
      execArgv: [],
      argv: [],
      // What is no path is refused by whoever opens the session, with everything else that cannot cross.
      workerData: { ffmpegPath: typeof ffmpegPath === 'string' ? ffmpegPath : undefined } satisfies WorkerSetup,
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#bury();
        // First: whoever is told of the death may open a session at once, and must not get this thread.
        onExit();
        this.#tellTenants(code);
        resolve();
      });
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#pinger = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    this.#pinger.unref();
  }

  /** How many sessions and servers live here. */
  get tenants(): number {
    return this.#tenants.size;
  }

  /** False once it is dead, or about to be. */
  get isUsable(): boolean {
    return !this.#dead && this.#failure === undefined;
  }

  /** The thread's number in this process, for tests and logs. */
  get threadId(): number {
    return this.#worker.threadId;
  }

  /** Admits a tenant; its messages carry the returned id. */
  admit(tenant: WorkerTenant): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#tenants.set(id, tenant);
    return id;
  }

  /** Forgets a tenant whose last message has come. */
  leave(id: number): void {
    this.#tenants.delete(id);
  }

  /** Does nothing once the worker is dead. `transfer`: buffers that go over whole. */
  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (!this.#dead) this.#worker.postMessage(message, transfer);
  }

  /** Ends the thread if nothing at all is heard of it for some seconds from now: it is blocked. */
  expectSignOfLife(): void {
    if (this.#dead) return;
    const heardBefore = this.#heard;
    this.post({ kind: 'ping' });
    const check = (): void => {
      if (this.#heard === heardBefore)
        this.#giveUp(`the worker thread did not answer for ${SIGN_OF_LIFE_MS / 1_000} s`);
    };
    // If it was this thread that was blocked, what has come meanwhile is read first.
    const limit = setTimeout(() => setImmediate(check), SIGN_OF_LIFE_MS);
    limit.unref();
    void this.#exited.then(() => clearTimeout(limit));
  }

  /** Lets the thread run out of work, then ends it the hard way; bounded. */
  async close(): Promise<void> {
    clearInterval(this.#pinger);
    this.post({ kind: 'exit' });
    const limit = setTimeout(() => void this.#worker.terminate(), EXIT_LIMIT_MS);
    await this.#exited;
    clearTimeout(limit);
  }

  /** Ends it at once, as a crash would: everything in it dies. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited;
  }

  #receive(message: FromWorker): void {
    this.#silentPings = 0;
    this.#heard += 1;
    switch (message.kind) {
      case 'pong':
        return;
      case 'child':
        if (message.running) this.#children.add(message.pid);
        else this.#children.delete(message.pid);
        return;
      case 'event':
      case 'demo-ready':
      case 'demo-failed':
      case 'demo-closed':
        this.#tenants.get(message.id)?.onMessage(message);
    }
  }

  #ping(): void {
    if (this.#dead) return;
    this.#silentPings += 1;
    if (this.#silentPings <= MAX_SILENT_PINGS) {
      this.post({ kind: 'ping' });
      return;
    }
    this.#giveUp(`the worker thread did not answer for ${(PING_INTERVAL_MS * MAX_SILENT_PINGS) / 1_000} s`);
  }

  #giveUp(reason: string): void {
    if (this.#dead) return;
    this.#fail(new Error(reason));
    void this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= workerError(error);
  }

  #bury(): void {
    this.#dead = true;
    clearInterval(this.#pinger);
    for (const pid of this.#children) killQuietly(pid);
    this.#children.clear();
  }

  #tellTenants(code: number): void {
    const error = this.#failure ?? workerError(new Error(`the worker thread ended with code ${code}`));
    const tenants = [...this.#tenants.values()];
    this.#tenants.clear();
    // An exception of one would end the process, and leave the others waiting.
    for (const tenant of tenants) guard(ignore, () => tenant.onDied(error))();
  }
}

function ignore(): void {
  // A tenant that throws when it is told of its end has nobody else to tell.
}

function workerError(thrown: unknown): SessionError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new SessionError('WORKER_FAILED', `The session's worker thread failed: ${reason}`, {
    retry: true,
    cause: thrown,
  });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, which is what was wanted.
  }
}
