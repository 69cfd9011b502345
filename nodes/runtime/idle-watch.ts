/** Notices that nothing of a stream has been taken for so long while there was something to take. */
import type { Clock } from '../../src/index';

/** What a watch is made of. `onIdle` must not throw. */
export interface IdleWatchOptions {
  clock: Clock;
  /** Null: it never notices. */
  limitMs: number | null;
  onIdle: () => void;
}

/** Later than that no timer of a machine that is awake comes. */
const MAX_LATE_MS = 10_000;
const LOOK_EVERY_MS = 15_000;

export class IdleWatch {
  readonly #options: IdleWatchOptions;
  /** Up to `#sinceMs`; only time in which results come counts. */
  #idleMs = 0;
  #sinceMs = 0;
  #dueMs = 0;
  #cancel: (() => void) | undefined;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
  }

  /** Results come, or do not (for now). */
  running(isRunning: boolean): void {
    const { clock, limitMs } = this.#options;
    if (isRunning === (this.#cancel !== undefined) || limitMs === null) return;
    if (!isRunning) this.#idleMs += clock.monotonicMs() - this.#sinceMs;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#sinceMs = clock.monotonicMs();
    this.#dueMs = this.#sinceMs;
    if (isRunning) this.#look(limitMs);
  }

  /** A flow has taken something, or the stream begins anew. */
  taken(): void {
    this.#idleMs = 0;
    this.#sinceMs = this.#options.clock.monotonicMs();
  }

  #look(limitMs: number): void {
    const { clock, onIdle } = this.#options;
    // A machine that slept took nothing, because nothing came.
    const lateMs = clock.monotonicMs() - this.#dueMs;
    if (lateMs > MAX_LATE_MS) this.#sinceMs += lateMs;
    const leftMs = limitMs - this.#idleMs - (clock.monotonicMs() - this.#sinceMs);
    if (leftMs <= 0) {
      this.#cancel = undefined;
      onIdle();
      return;
    }
    const delayMs = Math.min(leftMs, LOOK_EVERY_MS);
    this.#dueMs = clock.monotonicMs() + delayMs;
    this.#cancel = clock.after(delayMs, () => this.#look(limitMs));
  }
}
