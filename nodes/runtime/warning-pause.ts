/** Warnings that repeat themselves: one of a kind a minute, the others counted. A hostile peer must not fill the log. */

const PAUSE_MS = 60_000;

/** See the file header. Kinds must be few: each is remembered. */
export class WarningPause {
  readonly #last = new Map<string, { atMs: number; held: number }>();

  /** How many of the kind were held back since the last; `undefined` where this one is to be held back too. */
  pass(kind: string, nowMs: number): number | undefined {
    const last = this.#last.get(kind);
    if (last !== undefined && nowMs - last.atMs < PAUSE_MS) {
      last.held += 1;
      return undefined;
    }
    this.#last.set(kind, { atMs: nowMs, held: 0 });
    return last?.held ?? 0;
  }
}
