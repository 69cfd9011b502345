/**
 * Frames for those who ask: has one made for each request, and gives it to all who ask at the time. A stream that is
 * slow gives the newest it has; a request that finds none waits for the next, bounded in time and in number.
 */
import { SessionError } from '../../src/index';
import type { Clock } from '../../src/index';
import type { PacerCounts } from './frame-pacer';

const FRESH_MS = 100;
/** A stream that gives no frame for so long is slow: the last one is the newest. */
const SLOW_MS = 500;
/** A request may have come while there was no session yet. */
const ASK_AGAIN_MS = 1_000;
/** An older frame is not what the camera sees: the stream stands still or has ended. */
const MAX_AGE_MS = 5_000;
/** A flow that asks for more at once has a loop in it. */
const MAX_WAITING = 64;

/** What a request is answered with. */
export interface Answer<Frame> {
  stream: string;
  frame: Frame;
}

interface Waiter<Frame> {
  /** `''`: any. */
  stream: string;
  cancel: () => void;
  resolve(answer: Answer<Frame>): void;
  reject(error: SessionError): void;
}

export interface RequestPacerOptions {
  clock: Clock;
  /** A request that finds no frame waits so long. */
  waitMs: number;
  /** A frame that is no older is given again. Default 100: a newer one would be there before it is made. */
  freshMs?: number;
  /** Has a frame of this stream (`''`: of each) made. Must not throw. */
  ask(stream: string): void;
}

/** See the file header. An answered frame stays for the next request: copy what you hand on. */
export class RequestPacer<Frame> {
  /** `dropped`: nobody had asked for them when a newer one came. */
  readonly counts: PacerCounts = { sent: 0, dropped: 0 };
  readonly #options: RequestPacerOptions;
  readonly #newest = new Map<string, { frame: Frame; atMs: number; asked: boolean }>();
  readonly #waiters = new Set<Waiter<Frame>>();

  constructor(options: RequestPacerOptions) {
    this.#options = options;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  offer(stream: string, frame: Frame): void {
    if (this.#newest.get(stream)?.asked === false) this.counts.dropped += 1;
    // Deleted first, so that the map ends with the newest of all.
    this.#newest.delete(stream);
    const entry = { frame, atMs: this.#options.clock.monotonicMs(), asked: false };
    this.#newest.set(stream, entry);
    for (const waiter of this.#waiters) {
      if (waiter.stream !== '' && waiter.stream !== stream) continue;
      this.#leave(waiter);
      entry.asked = true;
      this.counts.sent += 1;
      waiter.resolve({ stream, frame });
    }
  }

  /** The newest frame of a stream (`''` = of any), made for this request. Rejects WAIT_TIMEOUT, INVALID_OPTION (too many), SESSION_CLOSED. */
  async request(stream: string): Promise<Answer<Frame>> {
    const kept = this.#kept(stream, this.#options.freshMs ?? FRESH_MS);
    if (kept !== undefined) return kept;
    if (this.#waiters.size >= MAX_WAITING) {
      const message = `${MAX_WAITING} messages wait for a frame already: send the next when one is answered.`;
      throw new SessionError('INVALID_OPTION', message);
    }
    return this.#wait(stream);
  }

  /** Whoever waits is told so. */
  close(): void {
    for (const waiter of this.#waiters) {
      this.#leave(waiter);
      waiter.reject(new SessionError('SESSION_CLOSED', 'The on-frame node was removed before a frame came.'));
    }
    this.#newest.clear();
  }

  /** The newest frame, unless it is older than that. */
  #kept(stream: string, maxAgeMs: number): Answer<Frame> | undefined {
    const found = [...this.#newest].reverse().find(([name]) => stream === '' || name === stream);
    if (found === undefined || this.#options.clock.monotonicMs() - found[1].atMs > maxAgeMs) return undefined;
    found[1].asked = true;
    this.counts.sent += 1;
    return { stream: found[0], frame: found[1].frame };
  }

  #wait(stream: string): Promise<Answer<Frame>> {
    const { clock } = this.#options;
    const sinceMs = clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Frame> = { ...{ stream, resolve, reject }, cancel: () => undefined };
      this.#waiters.add(waiter);
      const step = (): void => {
        const waitedMs = clock.monotonicMs() - sinceMs;
        if (this.#giveUp(waiter, waitedMs)) return;
        const pauseMs = waitedMs < SLOW_MS ? SLOW_MS - waitedMs : ASK_AGAIN_MS;
        waiter.cancel = clock.after(Math.max(1, Math.min(pauseMs, this.#options.waitMs - waitedMs)), step);
        this.#options.ask(stream);
      };
      step();
    });
  }

  /** True when the waiter has got an older frame, or a refusal. */
  #giveUp(waiter: Waiter<Frame>, waitedMs: number): boolean {
    const { stream } = waiter;
    const { waitMs } = this.#options;
    const kept = waitedMs < SLOW_MS ? undefined : this.#kept(stream, MAX_AGE_MS);
    if (kept === undefined && waitedMs < waitMs) return false;
    this.#leave(waiter);
    if (kept !== undefined) {
      waiter.resolve(kept);
      return true;
    }
    const which = stream === '' ? 'any stream' : `the stream "${stream}"`;
    const message = `No frame of ${which} came within ${waitMs / 1_000} s: is it running and delivering pictures?`;
    waiter.reject(new SessionError('WAIT_TIMEOUT', message, { retry: true }));
    return true;
  }

  #leave(waiter: Waiter<Frame>): void {
    waiter.cancel();
    this.#waiters.delete(waiter);
  }
}
