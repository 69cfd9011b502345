/** Calls back once a second between `start` and `stop`. */
import type { Clock } from '../clock';

const INTERVAL_MS = 1_000;

export class Ticker {
  readonly #clock: Clock;
  readonly #tick: () => void;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(clock: Clock, tick: () => void) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** Does nothing when it ticks already. */
  start(): void {
    if (this.#isStopped) return;
    this.#cancel ??= this.#clock.after(INTERVAL_MS, () => {
      this.#cancel = undefined;
      this.start();
      this.#tick();
    });
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }
}
