/** Time as a dependency, so that tests can own it. */
export interface Clock {
  /** Monotonic milliseconds, for intervals. */
  monotonicMs(): number;
  /** Milliseconds since the epoch, for timestamps that people see. */
  epochMs(): number;
  /** Calls back once after `delayMs`; the result cancels. Never keeps the process alive by itself. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  // Not `performance.timeOrigin`: it parts from the wall clock when that is set or the machine sleeps.
  epochMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
