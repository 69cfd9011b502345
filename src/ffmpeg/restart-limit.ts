/** Deaths of a child in, whether another start is worth while out. Pure. */

const MAX_DEATHS = 3;
const WITHIN_MS = 10_000;

export class RestartLimit {
  /** All deaths so far. */
  deaths = 0;
  #recentMs: number[] = [];

  /** True: start again. False: three deaths within 10 s, so that the fault is not an accident. */
  allowsAfterDeath(nowMs: number): boolean {
    this.deaths += 1;
    this.#recentMs = [...this.#recentMs.filter((atMs) => nowMs - atMs < WITHIN_MS), nowMs];
    return this.#recentMs.length < MAX_DEATHS;
  }
}
