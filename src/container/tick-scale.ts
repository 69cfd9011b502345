/** Times of one time base in, 90 kHz ticks out; exact where the base divides, otherwise to the nearest tick. */
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { TimeBase } from './nut-headers';

export class TickScale {
  readonly #up: number;
  readonly #down: number;

  constructor(timeBase: TimeBase) {
    const numerator = timeBase.num * VIDEO_CLOCK_HZ;
    const divisor = greatestCommonDivisor(numerator, timeBase.den);
    this.#up = numerator / divisor;
    this.#down = timeBase.den / divisor;
  }

  /** Splits off whole periods first, so that years of microseconds stay within 53 bits. */
  to90k(pts: number): number {
    const periods = Math.floor(pts / this.#down);
    return periods * this.#up + Math.round(((pts - periods * this.#down) * this.#up) / this.#down);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The same time in another base, rounded down; exact, because one tick off would shift every short timestamp. */
export function rescaleDown(time: { pts: number; timeBase: TimeBase }, to: TimeBase): number {
  if (time.timeBase.num === to.num && time.timeBase.den === to.den) return time.pts;
  const numerator = BigInt(time.pts) * BigInt(time.timeBase.num) * BigInt(to.den);
  return Number(numerator / (BigInt(time.timeBase.den) * BigInt(to.num)));
}
