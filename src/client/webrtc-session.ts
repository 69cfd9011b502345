/**
 * The public session: the TypeScript port of `inference_sdk.webrtc.WebRTCSession` (protocol.md F), without its traps.
 * It lives on the caller's thread and hands everything to a core in a worker thread.
 */
import type { FrameMetadata } from '../channel/message';
import { SessionError } from '../errors';
import type { DataEvent, EndEvent, FrameEvent, PhaseEvent, SessionEvent, SessionPhase } from '../session/events';
import type { StatsEvent } from '../session/events';
import { isRealtime } from '../session/initialise';
import { modelPredictions } from '../session/model-defaults';
import type { SessionChange, SessionOptions } from '../session/options';
import { FrameQueue } from './frame-queue';
import { Handlers } from './handlers';
import { SessionHost } from './session-host';

/** Where a session runs. */
export interface SessionHostChoice {
  /** `worker` (default): a thread of its own; `none`: on the caller's event loop. */
  thread?: 'worker' | 'none';
  /** How many threads all sessions of this process may use; further sessions share. Default 8. */
  maxThreads?: number;
}

const DEFAULT_MAX_THREADS = 8;
/** Data events are granted in groups: a message back for each would double the traffic between the threads. */
const DATA_GRANT = 16;

type FieldHandler = (value: unknown, metadata: FrameMetadata, event: DataEvent) => unknown;

/** See the file header. Started on first use by `start`, `run`, `wait` or `video`; closed for good by `close`. */
export class WebRTCSession implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #choice: SessionHostChoice;
  readonly #frames = this.#handlers<[FrameEvent]>();
  readonly #data = this.#handlers<[DataEvent]>();
  readonly #fields = new Map<string, Handlers<Parameters<FieldHandler>>>();
  readonly #errors = this.#handlers<[string[], FrameMetadata]>();
  readonly #phases = this.#handlers<[PhaseEvent]>();
  readonly #stats = this.#handlers<[StatsEvent]>();
  readonly #ends = this.#handlers<[EndEvent]>();
  // A warning handler that throws must not warn again.
  readonly #warnings = new Handlers<[SessionError]>(() => undefined);
  readonly #queues = new Set<FrameQueue<FrameEvent>>();
  readonly #ended: Promise<EndEvent>;
  #resolveEnded: (event: EndEvent) => void = () => undefined;
  #host: SessionHost | undefined;
  #end: EndEvent | undefined;
  #closing: Promise<void> | undefined;
  #lastPhase: PhaseEvent = NOT_STARTED;
  #dataToGrant = 0;

  constructor(options: SessionOptions, choice: SessionHostChoice = {}) {
    this.#options = options;
    this.#choice = choice;
    this.#ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /** As in the Python class. */
  get state(): 'not_started' | 'started' | 'closed' {
    if (this.#closing !== undefined || this.#end !== undefined) return 'closed';
    return this.#host === undefined ? 'not_started' : 'started';
  }

  /** The fine state. */
  get phase(): SessionPhase {
    return this.#lastPhase.phase;
  }

  /** The last change of phase. */
  get lastPhase(): PhaseEvent {
    return this.#lastPhase;
  }

  /** Every processed picture, once for each asked format. The result unsubscribes. */
  onFrame(handler: (frame: FrameEvent) => unknown): () => void {
    return this.#frames.add(handler);
  }

  /** Every data message, or one field of it when the server sent that field. The result unsubscribes. */
  onData(handler: (event: DataEvent) => unknown): () => void;
  onData(field: string, handler: FieldHandler): () => void;
  onData(first: string | ((event: DataEvent) => unknown), handler?: FieldHandler): () => void {
    if (typeof first !== 'string') return this.#data.add(first);
    if (handler === undefined) throw new SessionError('INVALID_OPTION', `onData('${first}') needs a handler.`);
    const handlers = this.#fields.get(first) ?? this.#handlers<Parameters<FieldHandler>>();
    this.#fields.set(first, handlers);
    return handlers.add(handler);
  }

  /** The workflow's errors on a frame, when there are any. */
  onError(handler: (errors: string[], metadata: FrameMetadata) => unknown): () => void {
    return this.#errors.add(handler);
  }

  /** Changes of phase, percent, attempt or shown fps. */
  onPhase(handler: (event: PhaseEvent) => unknown): () => void {
    return this.#phases.add(handler);
  }

  /** Counters, once a second. */
  onStats(handler: (event: StatsEvent) => unknown): () => void {
    return this.#stats.add(handler);
  }

  /** What went wrong without ending the session, a throwing handler included. */
  onWarning(handler: (error: SessionError) => unknown): () => void {
    return this.#warnings.add(handler);
  }

  /** The end, once. */
  onEnd(handler: (event: EndEvent) => unknown): () => void {
    return this.#ends.add(handler);
  }

  /**
   * Begins; again does nothing. Throws `SESSION_CLOSED` when closed, `INVALID_OPTION` when the options are no plain
   * data. Everything else is told by events.
   */
  start(): void {
    if (this.state === 'closed') {
      throw new SessionError('SESSION_CLOSED', 'This session is closed: make a new one.');
    }
    if (this.#host !== undefined) return;
    this.#host = new SessionHost({
      options: this.#options,
      thread: this.#choice.thread ?? 'worker',
      maxThreads: this.#choice.maxThreads ?? DEFAULT_MAX_THREADS,
      emit: (event) => this.#onEvent(event),
    });
    this.#host.start();
  }

  /** Pictures for a `for await` loop: newest win, 8 are kept; throws the session's error after the last picture. */
  video(): AsyncIterableIterator<FrameEvent> {
    this.start();
    const queue: FrameQueue<FrameEvent> = new FrameQueue(() => this.#queues.delete(queue));
    this.#queues.add(queue);
    return queue;
  }

  /** Runs to its end, then closes; rejects with the session's error. */
  async run(): Promise<void> {
    try {
      await this.wait();
    } finally {
      await this.close();
    }
  }

  /**
   * Resolves at a normal end (or close), rejects with the session's error, or with `WAIT_TIMEOUT` after `timeoutMs`
   * in all; the session then goes on.
   */
  async wait(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#end === undefined && this.#closing === undefined) this.start();
    const end = await this.#endWithin(options.timeoutMs);
    if (end.error !== null) throw SessionError.fromData(end.error);
  }

  /** Asks for other outputs, or for pictures at other paces, while running. */
  reconfigure(change: SessionChange): void {
    this.#host?.reconfigure(change);
  }

  /** Has one picture made of the next frame, whatever its paces say. Does nothing before the start. */
  requestPicture(id: string): void {
    this.#host?.requestPicture(id);
  }

  /** Batch mode with `acknowledge: 'manual'`: the user is done with this frame. */
  acknowledge(frameId: number): void {
    this.#host?.acknowledge(frameId);
  }

  /** Ends it; again and from within a handler too. Resolves when everything is freed; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    if (this.#host === undefined) {
      const end: EndEvent = { kind: 'end', outcome: 'stopped', terminationReason: null, error: null };
      this.#onPhase({ ...NOT_STARTED, phase: 'closed', at: Date.now() });
      this.#onEnd(end);
      return;
    }
    await this.#host.stop();
  }

  async #endWithin(timeoutMs: number | undefined): Promise<EndEvent> {
    if (timeoutMs === undefined) return this.#ended;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(
          new SessionError('WAIT_TIMEOUT', `The session has not ended within ${timeoutMs / 1_000} s; it goes on.`),
        );
      }, timeoutMs);
    });
    try {
      return await Promise.race([this.#ended, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  #onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case 'frame':
        return this.#onFrame(event);
      case 'data':
        void this.#onData(event);
        return;
      case 'phase':
        return this.#onPhase(event);
      case 'stats':
        void this.#stats.call(event);
        return;
      case 'warning':
        void this.#warnings.call(SessionError.fromData(event.error));
        return;
      case 'end':
        return this.#onEnd(event);
      case 'child':
      // In-process sessions: their children are this process's own.
    }
  }

  #onFrame(event: FrameEvent): void {
    const { buffer, byteOffset, byteLength } = event.data;
    const frame: FrameEvent = {
      ...event,
      data: Buffer.from(buffer, byteOffset, byteLength),
      timing: { ...event.timing, deliveredAt: Date.now() },
      ...(this.#options.workflow.kind === 'model' ? { predictions: modelPredictions(event.outputs) } : {}),
    };
    for (const queue of this.#queues) queue.push(frame);
    void this.#frames.call(frame);
    // Granted when this thread got to it, not when asynchronous handlers are done: newest wins while it is blocked.
    this.#host?.grant('frame', 1);
  }

  async #onData(event: DataEvent): Promise<void> {
    const delivered: DataEvent = { ...event, timing: { ...event.timing, deliveredAt: Date.now() } };
    const { outputs, metadata } = delivered;
    this.#dataToGrant += 1;
    if (this.#dataToGrant >= DATA_GRANT) {
      this.#host?.grant('data', this.#dataToGrant);
      this.#dataToGrant = 0;
    }
    // All are called before any is waited for, so that no field of this frame comes after one of the next.
    const running: Promise<void>[] = [];
    if (metadata.errors.length > 0) running.push(this.#errors.call(metadata.errors, metadata));
    running.push(this.#data.call(delivered));
    for (const [field, value] of Object.entries(outputs ?? {})) {
      const handlers = this.#fields.get(field);
      if (handlers !== undefined) running.push(handlers.call(value, metadata, delivered));
    }
    await Promise.all(running);
    if (!isRealtime(this.#options) && this.#options.acknowledge !== 'manual') this.acknowledge(metadata.frame_id);
  }

  #onPhase(event: PhaseEvent): void {
    this.#lastPhase = event;
    void this.#phases.call(event);
  }

  #onEnd(event: EndEvent): void {
    if (this.#end !== undefined) return;
    this.#end = event;
    const error = event.error === null ? null : SessionError.fromData(event.error);
    for (const queue of this.#queues) queue.end(error);
    void this.#ends.call(event);
    this.#resolveEnded(event);
  }

  #handlers<Args extends unknown[]>(): Handlers<Args> {
    return new Handlers<Args>((thrown) => {
      const error = new SessionError('HANDLER_FAILED', `A handler threw: ${reasonOf(thrown)}`, { cause: thrown });
      void this.#warnings.call(error);
    });
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  // Not `String(thrown)`: it throws on objects without a prototype.
  return typeof thrown === 'string' ? thrown : `no Error, but a value of type ${typeof thrown}`;
}

const NOT_STARTED: PhaseEvent = {
  kind: 'phase',
  phase: 'not_started',
  previous: 'not_started',
  at: 0,
  percent: null,
  attempt: 0,
  retryInMs: null,
  error: null,
  fps: null,
};
