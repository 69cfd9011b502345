/**
 * Starts, stops and restarts the session of one `webrtc-stream` node, one action after the other. Node-RED closes nodes
 * whenever it likes: `close` ends whatever is going on and leaves nothing behind.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NOT_STARTED, SessionError } from '../../src/index';
import type {
  DataEvent,
  FrameEvent,
  ManualFrame,
  OutputChange,
  RolloverEvent,
  SessionFacts,
  SessionOptions,
  SessionPhase,
  StatsEvent,
} from '../../src/index';
import { askedOutputs } from './asked-outputs';
import { present } from './present';
import { discard } from './running-session';
import type { PreparedSession, RunningSession } from './running-session';
import { noOutputsToChange, notAnUpload, notRunning } from './runner-errors';
import type { SessionLike } from './session-like';
import type { StopCause, StreamPhase } from './stream-limits';
import { ENDED } from './stream-phases';
import { outputChange } from './wanted-outputs';
import type { WantedOutputs } from './wanted-outputs';

/** What a runner is made of. */
export interface RunnerParts {
  /** Fills templates in from the message that asked for the start, and so on. May reject with any SessionError. */
  prepare(message: unknown): Promise<PreparedSession>;
  open(options: SessionOptions): SessionLike;
  /** What the wires need now. */
  wanted(): WantedOutputs;
  events: RunnerEvents;
}

/** What a runner tells. */
export interface RunnerEvents {
  /** `reported`: the failure in it reaches the user on another way, so only show it. */
  phase(event: StreamPhase, reported: boolean): void;
  /** A promise that comes back settles when the flow is done with it. */
  data(event: DataEvent): unknown;
  frame(event: FrameEvent): unknown;
  /** Whether the flow needs time for pictures. */
  awaitsPictures(): boolean;
  stats(event: StatsEvent): void;
  rollover(event: RolloverEvent): void;
  warning(error: SessionError): void;
}

/** Actions that may wait; a flow that sends more at once has a loop in it. */
const MAX_WAITING_ACTIONS = 8;
/** As in the session. */
const MAX_WAITING_FRAMES = 10;
/** Below the 15 s after which Node-RED gives a closing node up. */
const CLOSE_TIMEOUT_MS = 12_000;

export class StreamRunner {
  readonly #parts: RunnerParts;
  #running: RunningSession | undefined;
  #phase: SessionPhase = 'not_started';
  #session: SessionFacts = NOT_STARTED.session;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #waitingFrames = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Does nothing when already running. Rejects with the reason why it could not even begin. */
  start(message?: unknown): Promise<void> {
    return this.#enqueue(() => this.#start(message));
  }

  /** Does nothing when not running. `cause`: a limit of the node wants it. */
  stop(cause?: StopCause): Promise<void> {
    return this.#enqueue(() => this.#stop(cause));
  }

  /** Shows why a start that was asked for is not made now. */
  refuse(cause: StopCause): void {
    if (this.#running === undefined) this.#show('closed', null, cause);
  }

  /** Stops if need be, and starts with templates filled in anew. */
  restart(message?: unknown): Promise<void> {
    return this.#enqueue(async () => {
      await this.#stop();
      await this.#start(message);
    });
  }

  /** Ends the upload of a file, whatever it is at. Does nothing when not running; rejects INVALID_OPTION on live video. */
  cancel(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#running !== undefined && this.#running.prepared.options.source.kind !== 'upload') throw notAnUpload();
      await this.#stop();
    });
  }

  /** Hands a picture to the session; one that comes while it starts waits. Rejects SESSION_CLOSED, INVALID_OPTION. */
  async sendFrame(frame: ManualFrame): Promise<void> {
    const own = this.#running === undefined && this.#waiting > 0 ? await this.#afterStart(frame) : frame;
    const running = this.#running;
    if (running === undefined) throw notRunning('is not running');
    running.session.sendFrame(own);
  }

  /** With bytes of its own: the message goes on to others, who may write to it. */
  async #afterStart(frame: ManualFrame): Promise<ManualFrame> {
    if (this.#waitingFrames >= MAX_WAITING_FRAMES) {
      throw notRunning(`is starting, and ${MAX_WAITING_FRAMES} frames wait already`);
    }
    const own = { ...frame, data: Buffer.from(frame.data) };
    this.#waitingFrames += 1;
    await this.settled.finally(() => (this.#waitingFrames -= 1));
    return own;
  }

  /** Other outputs, until the stream is started anew. Rejects when it does not run, and with what is wrong with them. */
  reconfigure(change: OutputChange): Promise<void> {
    return this.#enqueue(() => {
      const running = this.#running;
      if (running === undefined) throw noOutputsToChange();
      running.session.reconfigure(change);
      running.asked = { ...running.asked, ...change };
      return Promise.resolve();
    });
  }

  /** What the running session asks of its server; `undefined` when none runs. */
  get outputs(): WantedOutputs | undefined {
    return this.#running && askedOutputs(this.#running.wanted, this.#running.asked);
  }

  /** Resolves when the actions asked for so far are done, well or not. */
  get settled(): Promise<void> {
    return this.#queue;
  }

  /** The next frame of the running session is wanted as this picture. */
  requestPicture(id: string): void {
    this.#running?.session.requestPicture(id);
  }

  /** The wires may have changed: the running session follows. */
  refreshOutputs(): Promise<void> {
    return this.#enqueue(async () => {
      const running = this.#running;
      if (running === undefined) return;
      const wanted = this.#parts.wanted();
      const change = outputChange(running.wanted, wanted);
      if (change.kind === 'reconfigure') {
        const { dataOutput, pictures } = change;
        const data = running.asked.dataOutput === undefined ? dataOutput : undefined;
        const next = { ...present('dataOutput', data), ...present('pictures', pictures) };
        if (Object.keys(next).length > 0) running.session.reconfigure(next);
        running.wanted = wanted;
      }
      if (change.kind === 'restart') await this.#reopen(running);
    });
  }

  /** Ends everything; later actions reject. Bounded, idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const limit = new AbortController();
    const stopped = this.#queue.then(() => this.#stop());
    const tooLong = delay(CLOSE_TIMEOUT_MS, undefined, { signal: limit.signal, ref: false });
    await Promise.race([stopped.catch(ignore), tooLong.catch(ignore)]);
    limit.abort();
  }

  #enqueue(action: () => Promise<void>): Promise<void> {
    if (this.#closing !== undefined)
      return Promise.reject(new SessionError('SESSION_CLOSED', 'The stream was removed.'));
    if (this.#waiting >= MAX_WAITING_ACTIONS) {
      const message = `${MAX_WAITING_ACTIONS} actions are waiting already: send the next when one is done.`;
      return Promise.reject(new SessionError('INVALID_OPTION', message));
    }
    this.#waiting += 1;
    const result = this.#queue.then(action).finally(() => {
      this.#waiting -= 1;
    });
    this.#queue = result.catch(ignore);
    return result;
  }

  async #start(message: unknown): Promise<void> {
    // A session tells its last state a moment before it is gone: whoever starts the next file then must be heard.
    if (this.#running !== undefined && ENDED.has(this.#phase)) await this.#discard();
    if (this.#running !== undefined || this.#closing !== undefined) return;
    this.#show('connecting', null);
    try {
      await this.#begin(await this.#parts.prepare(message));
    } catch (thrown) {
      const error = SessionError.from(thrown);
      this.#show('failed', error);
      throw error;
    }
  }

  /** Takes `prepared` over: it is released when the session ends, or at once when it does not come to be. */
  async #begin(prepared: PreparedSession, asked: OutputChange = {}): Promise<void> {
    try {
      if (this.#closing !== undefined) {
        await prepared.release();
        return;
      }
      const wanted = this.#parts.wanted();
      const session = this.#parts.open({ ...prepared.options, ...askedOutputs(wanted, asked) });
      const running = { session, prepared, wanted, asked };
      this.#running = running;
      this.#listen(running);
      session.start();
    } catch (thrown) {
      this.#running = undefined;
      await prepared.release();
      throw thrown;
    }
  }

  #listen(running: RunningSession): void {
    const { session } = running;
    const { events } = this.#parts;
    // A session that is being stopped must not speak over its successor.
    const whileCurrent =
      <Event>(handle: (event: Event) => unknown) =>
      (event: Event) =>
        this.#running === running ? handle(event) : undefined;
    session.onPhase(
      whileCurrent((event) => {
        this.#phase = event.phase;
        this.#session = { ...event.session, ice: null };
        events.phase(event, false);
      }),
    );
    session.onData(whileCurrent((event) => events.data(event)));
    session.onFrame(
      whileCurrent((event) => events.frame(event)),
      { awaited: () => events.awaitsPictures() },
    );
    session.onStats(whileCurrent((event) => events.stats(event)));
    session.onRollover(whileCurrent((event) => events.rollover(event)));
    session.onWarning(whileCurrent((error) => events.warning(error)));
    session.onEnd(
      whileCurrent(() => {
        this.#running = undefined;
        // In the queue, so that a start that follows finds everything given back.
        this.#queue = this.#queue.then(() => discard(running)).catch(ignore);
      }),
    );
  }

  /** The same source and server with other outputs. */
  async #reopen(running: RunningSession): Promise<void> {
    this.#running = undefined;
    await running.session.close();
    this.#show('connecting', null);
    try {
      await this.#begin(running.prepared, running.asked);
    } catch (thrown) {
      const error = SessionError.from(thrown);
      this.#show('failed', error);
      throw error;
    }
  }

  async #stop(cause?: StopCause): Promise<void> {
    if (this.#running === undefined) return;
    await this.#discard();
    this.#show('closed', null, cause);
  }

  async #discard(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) await discard(running);
  }

  #show(phase: SessionPhase, error: SessionError | null, stopped?: StopCause): void {
    // What has ended was something; what begins is not known yet.
    const session = phase === 'closed' ? this.#session : NOT_STARTED.session;
    const told = { phase, previous: this.#phase, at: Date.now(), error: error?.toData() ?? null };
    const event = { ...NOT_STARTED, ...told, session };
    this.#phase = phase;
    this.#parts.events.phase({ ...event, ...present('stopped', stopped) }, true);
  }
}

function ignore(): void {
  // Whoever asked for the action was told; the queue goes on.
}
