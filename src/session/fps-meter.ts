/** Events a second over the last few seconds. */
export class FpsMeter {
  readonly #windowMs: number;
  #times: number[] = [];

  constructor(windowMs = 4_000) {
    this.#windowMs = windowMs;
  }

  /** Counts one event at `nowMs` (monotonic). */
  mark(nowMs: number): void {
    this.#times.push(nowMs);
    this.#forget(nowMs);
  }

  /** Events a second, or null with fewer than two in the window. */
  rate(nowMs: number): number | null {
    this.#forget(nowMs);
    const first = this.#times[0];
    const last = this.#times.at(-1);
    if (first === undefined || last === undefined || last <= first) return null;
    return ((this.#times.length - 1) * 1_000) / (last - first);
  }

  reset(): void {
    this.#times = [];
  }

  #forget(nowMs: number): void {
    let old = 0;
    while (old < this.#times.length && nowMs - (this.#times[old] ?? nowMs) > this.#windowMs) old += 1;
    if (old > 0) this.#times.splice(0, old);
  }
}
