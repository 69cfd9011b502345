import { systemClock } from '../../../src/clock';
import type { Clock } from '../../../src/clock';

/** A clock whose timers all end at once, and what they were meant to wait. */
export function hurriedClock(): { clock: Clock; delays: number[] } {
  const delays: number[] = [];
  const after: Clock['after'] = (delayMs, callback) => {
    delays.push(delayMs);
    return systemClock.after(0, callback);
  };
  return { clock: { ...systemClock, after }, delays };
}
