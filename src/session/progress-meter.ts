/** How far a transfer is and how long it will take, from the bytes that are through. Pure: the time comes in. */

/** What a progress event shows; null: unknown. */
export interface Progress {
  /** 0 to 100. */
  percent: number | null;
  /** Whole seconds, in milliseconds. */
  remainingMs: number | null;
}

/** Before so long a guess is worth nothing; and it is renewed as seldom, for every change goes to the flow. */
const PACE_MS = 1_000;

/** See the file header. */
export class ProgressMeter {
  readonly #startMs: number;
  #guessedAtMs: number;
  #remainingMs: number | null = null;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
    this.#guessedAtMs = nowMs;
  }

  /** `total` null: unknown. Both in the same unit. */
  at(done: number, total: number | null, nowMs: number): Progress {
    if (total === null || total <= 0) return { percent: null, remainingMs: null };
    const percent = Math.min(100, Math.floor((100 * done) / total));
    if (done > 0 && nowMs - this.#guessedAtMs >= PACE_MS) {
      this.#guessedAtMs = nowMs;
      const leftMs = ((nowMs - this.#startMs) / done) * Math.max(0, total - done);
      this.#remainingMs = 1_000 * Math.ceil(leftMs / 1_000);
    }
    return { percent, remainingMs: done >= total ? 0 : this.#remainingMs };
  }
}
