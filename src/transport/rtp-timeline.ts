/**
 * Presentation times in, RTP timestamps out: unwrapped, always rising, each a little off its frame's time by a known
 * pattern. aiortc reads any step back as a wrap and moves by 2^32 (field-notes.md 4); the pattern lets returned frames
 * be told apart even at a perfectly even frame rate. Pure.
 */

/** Room for the closing packet, one tick after its frame. */
const MIN_STEP_TICKS = 2;
/** Dither goes in steps of 4 because aiortc may return a time one tick too low (protocol.md F). */
const DITHER_STEP_TICKS = 4;
/** 30 frames a second until two frames are known. */
const DEFAULT_INTERVAL_TICKS = 3_000;
/** 10 ms to 1 s: outside of it a distance is a gap or a slip, not a frame interval. */
const MIN_INTERVAL_TICKS = 900;
const MAX_INTERVAL_TICKS = 90_000;
/** Farther ahead than this (3 hours), the source has jumped; half the 32-bit range would read as a step back. */
const MAX_JUMP_TICKS = 2 ** 30;

/** See the file header. */
export class RtpTimeline {
  /** Frames whose time had to be moved because the source's went back, stood still, or jumped. */
  adjusted = 0;
  /** Distance of the last two regular frames. */
  intervalTicks = DEFAULT_INTERVAL_TICKS;
  readonly #ditherTicks: boolean;
  #shift = 0;
  #lastPts: number | undefined;
  #last = -MIN_STEP_TICKS;
  #seed = 1;

  constructor(options: { ditherTicks: boolean }) {
    this.#ditherTicks = options.ditherTicks;
  }

  /** The timestamp for the frame at `pts90k`; at least 2 above the one before. */
  next(pts90k: number): number {
    const pts = Math.round(pts90k);
    this.#follow(pts);
    let timestamp = pts + this.#shift + this.#dither();
    if (timestamp < this.#last + MIN_STEP_TICKS) {
      timestamp = this.#last + MIN_STEP_TICKS;
      this.adjusted += 1;
    }
    this.#last = timestamp;
    return timestamp;
  }

  #follow(pts: number): void {
    const step = pts - (this.#lastPts ?? pts);
    if (this.#lastPts === undefined) {
      // The wire knows no negative times.
      this.#shift = Math.max(0, -pts);
    } else if (step < 0 || step > MAX_JUMP_TICKS) {
      this.#shift = this.#last + this.intervalTicks - pts;
      this.adjusted += 1;
    } else if (step >= MIN_INTERVAL_TICKS && step <= MAX_INTERVAL_TICKS) {
      this.intervalTicks = step;
    }
    this.#lastPts = pts;
  }

  /** 0 to 60 ticks (0.7 ms); the same sequence every time (Numerical Recipes' generator, its top 4 bits). */
  #dither(): number {
    if (!this.#ditherTicks) return 0;
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#seed >>> 28) * DITHER_STEP_TICKS;
  }
}
