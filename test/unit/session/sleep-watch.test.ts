import { expect, it } from 'vitest';
import { SleepWatch } from '../../../src/session/sleep-watch';
import type { Sleep } from '../../../src/session/sleep-watch';

/** Two clocks that can go apart. */
function bench() {
  const now = { monotonic: 5_000, epoch: 1_700_000_000_000 };
  const clock = { monotonicMs: () => now.monotonic, epochMs: () => now.epoch, after: () => () => undefined };
  const woken: Sleep[] = [];
  const watch = new SleepWatch(clock, (sleep) => woken.push(sleep));
  const pass = (monotonic: number, epoch = monotonic): void => {
    now.monotonic += monotonic;
    now.epoch += epoch;
  };
  return { watch, woken, pass };
}

it('finds no sleep in looks that come a little late', () => {
  const { watch, woken, pass } = bench();
  for (const ms of [1_000, 1_500, 9_000]) {
    pass(ms);
    watch.look();
  }
  expect([woken, watch.excuse('link')]).toEqual([[], null]);
});

it('finds a process that was stopped, by the monotonic clock', () => {
  const { watch, woken, pass } = bench();
  pass(61_000);
  watch.look();
  expect(woken).toEqual([{ sleptMs: 61_000, monotonicMs: 61_000 }]);
});

it('finds a machine whose monotonic clock stood still, by the wall clock', () => {
  const { watch, woken, pass } = bench();
  pass(1_000, 3_600_000);
  watch.look();
  expect(woken).toEqual([{ sleptMs: 3_600_000, monotonicMs: 1_000 }]);
});

it('takes a clock that is set back for nothing, and one that is set on and on for one sleep a minute', () => {
  const { watch, woken, pass } = bench();
  pass(1_000, -3_600_000);
  watch.look();
  expect(woken).toEqual([]);
  for (let second = 0; second < 120; second += 1) {
    pass(1_000, second % 2 === 0 ? 3_600_000 : -3_600_000);
    watch.look();
  }
  expect(woken).toHaveLength(2);
});

it('excuses one loss of each kind after a sleep, also one that is noticed before the sleep is, and none much later', () => {
  const { watch, woken, pass } = bench();
  pass(40_000);
  expect(watch.excuse('link')).toBe(40_000);
  expect(woken).toHaveLength(1);
  expect(watch.excuse('link')).toBeNull();
  expect(watch.excuse('source')).toBe(40_000);
  pass(40_000);
  watch.look();
  for (let second = 0; second < 31; second += 1) {
    pass(1_000);
    watch.look();
  }
  expect(watch.excuse('link')).toBeNull();
});
