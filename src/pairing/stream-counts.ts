/**
 * Frames sent, data messages and pictures of one link, counted from its beginning, in; the constants between their
 * clocks out. While the counts agree nothing was lost or left out, so that the newest of each belong together: known
 * from the very first frame on, where patterns need several. Says nothing while they differ.
 */

/** See the file header. Timestamps are 90 kHz ticks. */
export class StreamCounts {
  readonly #counts = { sent: 0, data: 0, pictures: 0 };
  #sentTicks = 0;
  #dataTicks: number | null = null;
  #pictureTicks = 0;

  sent(ticks: number): void {
    this.#counts.sent += 1;
    this.#sentTicks = ticks;
  }

  /** Null: the message has no timestamp. */
  data(ticks: number | null): void {
    this.#counts.data += 1;
    this.#dataTicks = ticks;
  }

  picture(ticks: number): void {
    this.#counts.pictures += 1;
    this.#pictureTicks = ticks;
  }

  /** Data minus sent ticks, as far as the counts tell. */
  get dataOffset(): number | undefined {
    const { sent, data } = this.#counts;
    return this.#dataTicks === null || sent !== data ? undefined : this.#dataTicks - this.#sentTicks;
  }

  /** Picture minus data ticks, as far as the counts tell. */
  get pictureOffset(): number | undefined {
    if (this.dataOffset === undefined || this.#dataTicks === null) return undefined;
    return this.#counts.pictures === this.#counts.data ? this.#pictureTicks - this.#dataTicks : undefined;
  }
}
