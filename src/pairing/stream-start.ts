/**
 * The first pictures and the first data messages of a session in, the constant between their clocks out, long before
 * the pattern of a stream proves one. Holds only where both streams are known to start with the same frame; refuses
 * to answer when the first intervals of the two differ.
 */

/** Intervals of this many frames have to agree. */
const FRAMES = 3;

/** See the file header. Timestamps are 90 kHz ticks. */
export class StreamStart {
  #expected = false;
  #refused = false;
  #frames: number[] = [];
  #data: number[] = [];

  /** From now on both series are counted from their beginning. Data that came before stays: it is reliable. */
  expect(): void {
    this.#expected = true;
    this.#frames = [];
  }

  /** The first data message is not that of the first frame: nothing is known of the start any more. */
  refuse(): void {
    this.#refused = true;
  }

  frame(ticks: number): void {
    if (this.#expected && this.#frames.length < FRAMES) this.#frames.push(ticks);
  }

  data(ticks: number): void {
    if (this.#data.length < FRAMES) this.#data.push(ticks);
  }

  /** Picture minus data timestamp, once `FRAMES` of each agree within `toleranceTicks`. */
  offset(toleranceTicks: number): number | undefined {
    if (this.#refused || this.#frames.length < FRAMES || this.#data.length < FRAMES) return undefined;
    const differences = this.#frames.map((ticks, index) => ticks - (this.#data[index] ?? NaN));
    const [first = NaN] = differences;
    return differences.every((difference) => Math.abs(difference - first) <= toleranceTicks) ? first : undefined;
  }

  reset(): void {
    this.#expected = false;
    this.#refused = false;
    this.#frames = [];
    this.#data = [];
  }
}
