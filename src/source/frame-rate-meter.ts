/** The frame rate of a stream from its first timestamps, in whatever order they come. */
import { measuredFps } from './video-path';

/** So many tell it well enough; later ones are not looked at. */
const ENOUGH = 16;

export class FrameRateMeter {
  readonly #pts90k: number[] = [];

  /** True when this timestamp completed the measurement. */
  push(pts90k: number): boolean {
    if (this.#pts90k.length >= ENOUGH) return false;
    this.#pts90k.push(pts90k);
    return this.#pts90k.length === ENOUGH;
  }

  /** Null while fewer than two pictures were seen. */
  get fps(): number | null {
    return measuredFps(this.#pts90k);
  }
}
