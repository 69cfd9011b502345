/** 32-bit RTP timestamps in, integers that go on across the wrap (every 13 hours at 90 kHz) out. */
export class TimestampUnwrapper {
  #highest: number | undefined;

  /**
   * The first timestamp comes out as it is. Each later one lies within 2^31 of the highest so far, in either direction,
   * so that a late packet steps back a little instead of ahead by a cycle.
   */
  unwrap(timestamp: number): number {
    if (this.#highest === undefined) {
      this.#highest = timestamp;
      return timestamp;
    }
    // `| 0` reads the difference modulo 2^32 as a signed number.
    const unwrapped = this.#highest + ((timestamp - this.#highest) | 0);
    this.#highest = Math.max(this.#highest, unwrapped);
    return unwrapped;
  }
}
