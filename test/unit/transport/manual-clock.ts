/** A clock that stands still until it is moved; timers run at their exact time, in order. */
import type { Clock } from '../../../src/clock';

export class ManualClock implements Clock {
  #nowMs = 1_000;
  #timers: { dueMs: number; callback: () => void }[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves time on, stopping at each timer on the way. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.callback();
    }
    this.#nowMs = endMs;
  }

  /** Moves time on without running timers, as a blocked event loop does. */
  block(ms: number): void {
    this.#nowMs += ms;
  }

  #next(endMs: number): { dueMs: number; callback: () => void } | undefined {
    const due = this.#timers.filter((timer) => timer.dueMs <= endMs);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
