/** A rate over less would show the burst in which a new connection delivers what had waited for it. */
const MIN_SPAN_MS = 1_500;

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

  /** Events a second, or null while too little time has passed to tell. */
  rate(nowMs: number): number | null {
    this.#forget(nowMs);
    const first = this.#times[0];
    const last = this.#times.at(-1);
    if (first === undefined || last === undefined || last - first < MIN_SPAN_MS) return null;
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
