/** Remembers when frames were taken and sent, so that a result's `pts` finds the way its frame has gone. */

/** One frame that went out. */
export interface SentFrame {
  rtpTimestamp90k: number;
  /** The source's own time of it, the same on every link. */
  sourcePts90k: number;
  capturedAtMs: number | null;
  sentAtMs: number;
}

/** aiortc rounds through microseconds: a timestamp can come back one tick low (protocol.md F). */
const TOLERANCE_TICKS = 2;

/** A ring of the last sent frames, looked up by timestamp. */
export class SentFrames {
  readonly #limit: number;
  #frames: SentFrame[] = [];

  constructor(limit = 600) {
    this.#limit = limit;
  }

  add(frame: SentFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > this.#limit) this.#frames.splice(0, this.#frames.length - this.#limit);
  }

  /** The frame sent with this timestamp, or undefined. */
  find(rtpTimestamp90k: number): SentFrame | undefined {
    let low = 0;
    let high = this.#frames.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const frame = this.#frames[middle];
      if (frame === undefined) return undefined;
      const difference = frame.rtpTimestamp90k - rtpTimestamp90k;
      if (Math.abs(difference) <= TOLERANCE_TICKS) return frame;
      if (difference < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
