/**
 * Which pictures FFmpeg has been given and has not given back: timestamps and the outputs that are to give them in, the
 * ones that will never come out. Pictures leave an output in the order of their timestamps, so one that is overtaken
 * there is lost; outputs may be ahead of each other, but not by long. Pure.
 */
interface Entry {
  pts90k: number;
  submittedAtMs: number;
  /** Bit `index` is set while output `index` still has to give it. */
  missing: number;
  delivered: boolean;
}

/** An output that is so far behind another has left its picture out. */
const MAX_SKEW_MS = 2_000;

export class InFlight {
  #entries: Entry[] = [];

  get count(): number {
    return this.#entries.length;
  }

  /** When the oldest one went in; undefined when there is none. */
  get oldestMs(): number | undefined {
    return this.#entries[0]?.submittedAtMs;
  }

  /** `outputs`: bit `index` is set where output `index` is to give it; at least one. */
  submit(pts90k: number, outputs: number, nowMs: number): void {
    this.#entries.push({ pts90k, submittedAtMs: nowMs, missing: outputs, delivered: false });
  }

  /** Output `index` has given the picture `pts90k`. Returns the earlier ones that no output will give any more. */
  deliver(index: number, pts90k: number): number[] {
    const bit = 2 ** index;
    const lost: number[] = [];
    const newestMs = this.#entries.find((entry) => entry.pts90k === pts90k)?.submittedAtMs ?? -Infinity;
    this.#entries = this.#entries.filter((entry) => {
      if (entry.pts90k === pts90k) {
        entry.missing &= ~bit;
        entry.delivered = true;
      }
      const late = (entry.missing & bit) !== 0 || entry.submittedAtMs < newestMs - MAX_SKEW_MS;
      const overtaken = entry.pts90k < pts90k && late;
      if (overtaken && !entry.delivered) lost.push(entry.pts90k);
      return !overtaken && entry.missing !== 0;
    });
    return lost;
  }

  /** Nothing more will come. Returns what no output has given, and forgets all. */
  abandon(): number[] {
    const lost = this.#entries.filter((entry) => !entry.delivered).map((entry) => entry.pts90k);
    this.#entries = [];
    return lost;
  }
}
