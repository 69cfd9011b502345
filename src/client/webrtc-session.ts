/**
 * The public session: the TypeScript port of `inference_sdk.webrtc.WebRTCSession` (protocol.md F), without its traps.
 * It lives on the caller's thread and hands everything to a core in a worker thread.
 */
import type { FrameMetadata } from '../channel/message';
import { systemClock } from '../clock';
import { SessionError } from '../errors';
import type { DataEvent, EndEvent, FrameEvent, PhaseEvent, SessionEvent, SessionPhase } from '../session/events';
import type { RolloverEvent, StatsEvent } from '../session/events';
import { acknowledgement, picturesOfEveryFrame } from '../session/initialise';
import { modelPredictions } from '../session/model-defaults';
import type { SessionChange, SessionOptions } from '../session/options';
import { changedOutputs } from '../session/output-change';
import { NOT_STARTED } from '../session/phase-event';
import { AckLedger } from './ack-ledger';
import type { ManualFrame } from '../source/manual-frame';
import { endWithin } from './end-within';
import { FrameQueue } from './frame-queue';
import { handlerFailure } from './handler-failure';
import { Handlers } from './handlers';
import { ownFrame } from './own-frame';
import { sessionClosed } from './session-closed';
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
  #options: SessionOptions;
  readonly #choice: SessionHostChoice;
  readonly #frames = this.#handlers<[FrameEvent]>();
  readonly #awaitedFrames = this.#handlers<[FrameEvent]>();
  readonly #awaits = new Set<() => boolean>();
  readonly #data = this.#handlers<[DataEvent]>();
  readonly #fields = new Map<string, Handlers<Parameters<FieldHandler>>>();
  readonly #errors = this.#handlers<[string[], FrameMetadata]>();
  readonly #phases = this.#handlers<[PhaseEvent]>();
  readonly #stats = this.#handlers<[StatsEvent]>();
  readonly #rollovers = this.#handlers<[RolloverEvent]>();
  readonly #ends = this.#handlers<[EndEvent]>();
  // A warning handler that throws must not warn again.
  readonly #warnings = new Handlers<[SessionError]>(() => undefined);
  /** Only where the server waits for acknowledgements and they are not the user's own affair. */
  readonly #ledger: AckLedger | undefined;
  readonly #awaited: { awaited?: true } = {};
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
    if (acknowledgement(options) !== 'auto') return;
    this.#awaited = { awaited: true };
    this.#ledger = new AckLedger({
      clock: systemClock,
      pictures: () => picturesOfEveryFrame(this.#options),
      acknowledge: (frameId) => this.acknowledge(frameId),
    });
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

  /**
   * Every processed picture, once for each asked format. The result unsubscribes. `awaited`, asked at each data message:
   * in batch mode the frame is done only when its pictures have come and the handler is done with them.
   */
  onFrame(handler: (frame: FrameEvent) => unknown, { awaited }: { awaited?: () => boolean } = {}): () => void {
    if (awaited === undefined) return this.#frames.add(handler);
    this.#awaits.add(awaited);
    const remove = this.#awaitedFrames.add(handler);
    return () => {
      this.#awaits.delete(awaited);
      remove();
    };
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

  /** A fresh session has taken over: what the server counts begins anew with the next result. */
  onRollover(handler: (event: RolloverEvent) => unknown): () => void {
    return this.#rollovers.add(handler);
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
    if (this.state === 'closed') throw sessionClosed();
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
    const end = await endWithin(this.#ended, options.timeoutMs);
    if (end.error !== null) throw SessionError.fromData(end.error);
  }

  /**
   * Asks for other outputs, or for pictures at other paces, now and after every reconnect; the server confirms nothing.
   * Throws INVALID_OPTION, OUTPUT_UNKNOWN where the outputs are known here, `SESSION_CLOSED` when closed.
   */
  reconfigure(change: SessionChange): void {
    if (this.state === 'closed') throw sessionClosed();
    this.#options = changedOutputs(this.#options, change);
    this.#host?.reconfigure(change);
  }

  /** Has one picture made of the next frame, whatever its paces say. Does nothing before the start. */
  requestPicture(id: string): void {
    this.#host?.requestPicture(id);
  }

  /**
   * Hands one picture to a source of kind `frames`; the bytes are copied. Starts the session if need be. The newest ten
   * wait while it connects; `framesSkipped` of the statistics counts the rest, and those that could not be decoded,
   * which a warning tells as well. Throws INVALID_OPTION, SESSION_CLOSED.
   */
  sendFrame(frame: ManualFrame): void {
    const own = ownFrame(frame, this.#options.source);
    this.start();
    this.#host?.sendFrame(own);
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
      this.#onPhase({ ...NOT_STARTED, phase: 'closed', at: Date.now() });
      this.#onEnd({ kind: 'end', outcome: 'stopped', terminationReason: null, error: null });
      return;
    }
    await this.#host.stop();
  }

  #onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case 'frame':
        return this.#onFrame(event);
      case 'data':
        return this.#onData(event);
      case 'phase':
        return this.#onPhase(event);
      case 'stats':
        void this.#stats.call(event);
        return;
      case 'rollover':
        void this.#rollovers.call(event);
        return;
      case 'warning':
        void this.#warnings.call(SessionError.fromData(event.error));
        return;
      case 'end':
        return this.#onEnd(event);
      case 'frame-taken':
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
      ...this.#awaited,
    };
    for (const queue of this.#queues) queue.push(frame);
    void this.#frames.call(frame);
    const handled = this.#awaitedFrames.call(frame);
    if (frame.metadata !== null) this.#ledger?.picture(frame.metadata.frame_id, frame.picture, handled);
    // Granted when this thread got to it, not when asynchronous handlers are done: newest wins while it is blocked.
    this.#host?.grant('frame', 1);
  }

  #onData(event: DataEvent): void {
    const timing = { ...event.timing, deliveredAt: Date.now() };
    const delivered: DataEvent = { ...event, timing, ...this.#awaited };
    const handled = this.#callDataHandlers(delivered);
    if (this.#ledger === undefined) return this.#grantData();
    const { frame_id, errors } = event.metadata;
    // A frame on which the workflow failed may have none.
    const awaitsPictures = errors.length === 0 && [...this.#awaits].some((awaited) => awaited());
    this.#ledger.data(frame_id, { handled, awaitsPictures });
    // A server that knows no acknowledgements is held back here, as far as the session's memory goes.
    void handled.then(() => this.#grantData());
  }

  #grantData(): void {
    this.#dataToGrant += 1;
    if (this.#dataToGrant < DATA_GRANT) return;
    this.#host?.grant('data', this.#dataToGrant);
    this.#dataToGrant = 0;
  }

  async #callDataHandlers(delivered: DataEvent): Promise<void> {
    const { outputs, metadata } = delivered;
    // All are called before any is waited for, so that no field of this frame comes after one of the next.
    const running: Promise<void>[] = [];
    if (metadata.errors.length > 0) running.push(this.#errors.call(metadata.errors, metadata));
    running.push(this.#data.call(delivered));
    for (const [field, value] of Object.entries(outputs ?? {})) {
      const handlers = this.#fields.get(field);
      if (handlers !== undefined) running.push(handlers.call(value, metadata, delivered));
    }
    await Promise.all(running);
  }

  #onPhase(event: PhaseEvent): void {
    this.#lastPhase = event;
    void this.#phases.call(event);
  }

  #onEnd(event: EndEvent): void {
    if (this.#end !== undefined) return;
    this.#end = event;
    this.#ledger?.close();
    const error = event.error === null ? null : SessionError.fromData(event.error);
    for (const queue of this.#queues) queue.end(error);
    void this.#ends.call(event);
    this.#resolveEnded(event);
  }

  #handlers<Args extends unknown[]>(): Handlers<Args> {
    return new Handlers<Args>((thrown) => void this.#warnings.call(handlerFailure(thrown)));
  }
}
