/**
 * Frames for those who ask: keeps the newest of each stream and gives it to every request; a request that finds none
 * (or one that is no longer what the camera sees) waits for the next, bounded in time and in number.
 */
import { SessionError } from '../../src/index';
import type { Clock } from '../../src/index';
import type { PacerCounts } from './frame-pacer';

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

/** See the file header. An answered frame stays for the next request: copy what you hand on. */
export class RequestPacer<Frame> {
  /** `dropped`: nobody had asked for them when a newer one came. */
  readonly counts: PacerCounts = { sent: 0, dropped: 0 };
  readonly #options: { clock: Clock; waitMs: number };
  readonly #newest = new Map<string, { frame: Frame; atMs: number; asked: boolean }>();
  readonly #waiters = new Set<Waiter<Frame>>();

  constructor(options: { clock: Clock; waitMs: number }) {
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

  /** The newest frame of a stream (`''` = of any). Rejects WAIT_TIMEOUT, INVALID_OPTION (too many), SESSION_CLOSED. */
  async request(stream: string): Promise<Answer<Frame>> {
    const found = [...this.#newest].reverse().find(([name]) => stream === '' || name === stream);
    if (found !== undefined && this.#options.clock.monotonicMs() - found[1].atMs <= MAX_AGE_MS) {
      found[1].asked = true;
      this.counts.sent += 1;
      return { stream: found[0], frame: found[1].frame };
    }
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

  #wait(stream: string): Promise<Answer<Frame>> {
    const { clock, waitMs } = this.#options;
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Frame> = {
        ...{ stream, resolve, reject },
        cancel: clock.after(waitMs, () => {
          this.#leave(waiter);
          const which = stream === '' ? 'any stream' : `the stream "${stream}"`;
          const message = `No frame of ${which} came within ${waitMs / 1_000} s: is it running and delivering pictures?`;
          reject(new SessionError('WAIT_TIMEOUT', message, { retry: true }));
        }),
      };
      this.#waiters.add(waiter);
    });
  }

  #leave(waiter: Waiter<Frame>): void {
    waiter.cancel();
    this.#waiters.delete(waiter);
  }
}
