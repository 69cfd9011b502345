/**
 * How much the other side may send, from the loss seen (the loss part of draft-ietf-rmcat-gcc §6): heavy loss brings it
 * down, none lets it come back. aiortc raises its bitrate only when told (field-notes.md 3). Pure.
 */

const HEAVY_LOSS = 0.1;
const LIGHT_LOSS = 0.02;
const RECOVERY = 1.08;
/** aiortc's own lower bound for VP8. */
const MIN_BITRATE_BPS = 250_000;

/** See the file header. */
export class BitrateAdvice {
  readonly #maxBitrateBps: number;
  #bitrateBps: number;

  constructor(maxBitrateBps: number) {
    this.#maxBitrateBps = maxBitrateBps;
    this.#bitrateBps = maxBitrateBps;
  }

  /** The advice after a period in which so many packets came and so many were given up. */
  after(period: { received: number; lost: number }): number {
    const expected = period.received + period.lost;
    const loss = expected === 0 ? 0 : period.lost / expected;
    if (loss > HEAVY_LOSS) this.#bitrateBps *= 1 - loss / 2;
    else if (loss < LIGHT_LOSS) this.#bitrateBps *= RECOVERY;
    this.#bitrateBps = Math.min(this.#maxBitrateBps, Math.max(MIN_BITRATE_BPS, this.#bitrateBps));
    return Math.round(this.#bitrateBps);
  }
}
