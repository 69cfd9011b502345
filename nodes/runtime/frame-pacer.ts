/**
 * When an `on-frame` node sends: frames in, a choice of them out. Pure policies, one for each way of pacing; each holds
 * at most one frame a stream, a newer one replaces it, and what was replaced is counted.
 */
import type { Clock } from '../../src/index';
import { MessageReturns } from './message-returns';
import type { Return } from './message-returns';

/** How often a node sends. */
export type Pacing =
  | { kind: 'every' }
  /** At most one frame of each stream in so many milliseconds. */
  | { kind: 'rate'; intervalMs: number }
  /** A message asks; it waits at most so long for a frame. */
  | { kind: 'request'; waitMs: number }
  /** The next goes out when the last has come back, or after so many milliseconds. */
  | { kind: 'in-flight'; releaseMs: number };

/** What the node shows. */
export interface PacerCounts {
  sent: number;
  /** Replaced by a newer frame before they could be sent, or never made because nobody could send them. */
  dropped: number;
}

/** What every policy but that of requests is made of. `send` must not throw. */
export interface PacerOptions<Frame> {
  clock: Clock;
  send(stream: string, frame: Frame): void;
}

/** Sends the first frame at once, then the newest of each stream whenever the interval is over. */
export class RatePacer<Frame> {
  readonly counts: PacerCounts = { sent: 0, dropped: 0 };
  readonly #options: PacerOptions<Frame> & { intervalMs: number };
  readonly #lanes = new Map<string, { nextMs: number; waiting: { frame: Frame } | undefined; cancel: () => void }>();

  constructor(options: PacerOptions<Frame> & { intervalMs: number }) {
    this.#options = options;
  }

  offer(stream: string, frame: Frame): void {
    const { clock } = this.#options;
    const lane = this.#lanes.get(stream) ?? { nextMs: -Infinity, waiting: undefined, cancel: nothing };
    this.#lanes.set(stream, lane);
    const nowMs = clock.monotonicMs();
    if (lane.waiting !== undefined) {
      this.counts.dropped += 1;
      lane.waiting = { frame };
      // A timer may be late when the event loop is busy.
      if (nowMs >= lane.nextMs) this.#release(stream);
      return;
    }
    lane.waiting = { frame };
    if (nowMs >= lane.nextMs) this.#release(stream);
    else lane.cancel = clock.after(lane.nextMs - nowMs, () => this.#release(stream));
  }

  /** Frames that wait are forgotten. */
  close(): void {
    for (const lane of this.#lanes.values()) lane.cancel();
    this.#lanes.clear();
  }

  #release(stream: string): void {
    const lane = this.#lanes.get(stream);
    if (lane?.waiting === undefined) return;
    const { frame } = lane.waiting;
    lane.cancel();
    lane.waiting = undefined;
    lane.nextMs = this.#options.clock.monotonicMs() + this.#options.intervalMs;
    this.counts.sent += 1;
    this.#options.send(stream, frame);
  }
}

/** A frame that has waited longer gives way to one that is made now. */
const FRESH_MS = 250;
/** So long a stream whose frame has waited longest may take to give a newer one. */
const RENEW_MS = 300;
/** An older frame is not what the camera sees. */
const MAX_AGE_MS = 5_000;

export interface FlightPacerOptions<Frame> {
  clock: Clock;
  /** Has a frame of each stream made; called when none waits that could be sent. Must not throw. */
  ask(): void;
  /** The flow has lost the message when it is not back by then. */
  releaseMs: number;
  newId(): string;
  /** `id` is the message's `_msgid`. Must not throw. */
  send(stream: string, frame: Frame, id: string): void;
}

/** One message under way at a time, however many streams there are; the one that waits longest is next. */
export class FlightPacer<Frame> {
  readonly counts: PacerCounts = { sent: 0, dropped: 0 };
  /** Messages that never came back in time. */
  lost = 0;
  readonly #options: FlightPacerOptions<Frame>;
  /** The newest frame of each stream; one that is replaced keeps its place. */
  readonly #waiting = new Map<string, { frame: Frame; atMs: number }>();
  readonly #returns: MessageReturns;
  /** The stream whose turn it is, while a newer frame of it is made. */
  #renewing: { stream: string; cancel: () => void } | undefined;

  constructor(options: FlightPacerOptions<Frame>) {
    this.#options = options;
    const { clock, releaseMs: limitMs } = options;
    this.#returns = new MessageReturns({ clock, limitMs, release: true, onOverdue: () => (this.lost += 1) });
  }

  offer(stream: string, frame: Frame): void {
    if (this.#waiting.has(stream)) this.counts.dropped += 1;
    this.#waiting.set(stream, { frame, atMs: this.#nowMs });
    if (this.#renewing !== undefined && this.#renewing.stream !== stream) return;
    this.#next();
  }

  /** A message with this id has come to the input. */
  returned(id: string): Return {
    return this.#returns.returned(id);
  }

  close(): void {
    this.#renewing?.cancel();
    this.#waiting.clear();
    this.#returns.close();
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #next(): void {
    if (this.#returns.waiting > 0) return;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return this.#options.ask();
    const [stream, { atMs }] = oldest;
    if (this.#nowMs - atMs <= FRESH_MS) return this.#launch(stream);
    if (this.#renewing !== undefined) return;
    this.#renewing = { stream, cancel: this.#options.clock.after(RENEW_MS, () => this.#takeOld(stream)) };
    this.#options.ask();
  }

  /** No newer one has come: the stream is slow, or over. */
  #takeOld(stream: string): void {
    this.#renewing = undefined;
    const waiting = this.#waiting.get(stream);
    if (waiting !== undefined && this.#nowMs - waiting.atMs <= MAX_AGE_MS) return this.#launch(stream);
    if (this.#waiting.delete(stream)) this.counts.dropped += 1;
    this.#next();
  }

  #launch(stream: string): void {
    const waiting = this.#waiting.get(stream);
    if (waiting === undefined) return;
    this.#renewing?.cancel();
    this.#renewing = undefined;
    this.#waiting.delete(stream);
    const id = this.#options.newId();
    this.#returns.launch({ id, group: stream, onDone: () => this.#next() });
    this.counts.sent += 1;
    this.#options.send(stream, waiting.frame, id);
  }
}

function nothing(): void {
  // No timer is set yet.
}
