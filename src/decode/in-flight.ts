/**
 * Which pictures FFmpeg has been given and has not given back: timestamps in, the ones that will never come out.
 * Pictures leave in the order of their timestamps, so one that is overtaken in any format is lost. Pure.
 */
interface Entry {
  pts90k: number;
  submittedAtMs: number;
  /** Bit `index` is set once output `index` has it. */
  delivered: number;
}

export class InFlight {
  readonly #complete: number;
  #entries: Entry[] = [];

  constructor(outputs: number) {
    this.#complete = 2 ** outputs - 1;
  }

  get count(): number {
    return this.#entries.length;
  }

  /** When the oldest one went in; undefined when there is none. */
  get oldestMs(): number | undefined {
    return this.#entries[0]?.submittedAtMs;
  }

  submit(pts90k: number, nowMs: number): void {
    this.#entries.push({ pts90k, submittedAtMs: nowMs, delivered: 0 });
  }

  /** Output `index` has given the picture `pts90k`. Returns the earlier ones that no output will give any more. */
  deliver(index: number, pts90k: number): number[] {
    const bit = 2 ** index;
    const lost: number[] = [];
    this.#entries = this.#entries.filter((entry) => {
      if (entry.pts90k === pts90k) entry.delivered |= bit;
      const overtaken = entry.pts90k < pts90k && (entry.delivered & bit) === 0;
      if (overtaken && entry.delivered === 0) lost.push(entry.pts90k);
      return !overtaken && entry.delivered !== this.#complete;
    });
    return lost;
  }

  /** Nothing more will come. Returns what no output has given, and forgets all. */
  abandon(): number[] {
    const lost = this.#entries.filter((entry) => entry.delivered === 0).map((entry) => entry.pts90k);
    this.#entries = [];
    return lost;
  }
}
