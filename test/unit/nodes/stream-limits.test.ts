import { describe, expect, it } from 'vitest';
import { StreamLimits } from '../../../nodes/runtime/stream-limits';
import type { LimitSettings } from '../../../nodes/runtime/stream-limits';
import type { DayUse } from '../../../nodes/runtime/daily-budget';
import type { Clock, SessionPhase } from '../../../src/index';
import { phaseEvent } from './events';

const MINUTE = 60_000;

/** Both times move together, unless the clock is set. */
class TestClock implements Clock {
  epoch: number;
  #ms = 0;
  #timers = new Set<{ at: number; callback: () => void }>();

  constructor(at: Date) {
    this.epoch = at.getTime();
  }
  monotonicMs(): number {
    return this.#ms;
  }
  epochMs(): number {
    return this.epoch;
  }
  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#ms + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  /** Timers do not run meanwhile; the next `pass` runs those that are overdue. */
  sleep(minutes: number): void {
    this.epoch += minutes * MINUTE;
    this.#ms += minutes * MINUTE;
  }
  pass(minutes: number): void {
    const end = this.#ms + minutes * MINUTE;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      const to = Math.max(this.#ms, Math.min(end, next?.at ?? end));
      this.epoch += to - this.#ms;
      this.#ms = to;
      if (next === undefined || next.at > end) return;
      this.#timers.delete(next);
      next.callback();
    }
  }
}

function bench(settings: LimitSettings, at = new Date(2026, 5, 15, 12), kept?: DayUse) {
  const clock = new TestClock(at);
  const told: unknown[] = [];
  let use = kept;
  const limits: StreamLimits = new StreamLimits({
    ...{ settings, clock },
    store: { load: () => use, save: (next) => (use = next) },
    stop: (cause) => {
      told.push(cause);
      phase('closed');
    },
    resume: (message) => told.push(['resume', message]),
  });
  const phase = (name: SessionPhase): void => limits.phase(phaseEvent({ phase: name }));
  return { clock, told, limits, phase, use: () => use };
}

describe('a stream that nobody uses', () => {
  it('is stopped after so many minutes without anything taken, over reconnects too', () => {
    const { clock, told, limits, phase } = bench({ idleMinutes: 10 });
    phase('connecting');
    phase('live');
    clock.pass(9);
    limits.taken();
    clock.pass(9);
    phase('reconnecting');
    clock.pass(100);
    phase('live');
    expect(told).toEqual([]);
    clock.pass(2);
    expect(told).toEqual(['idle']);
    phase('live');
    clock.pass(9);
    expect(told).toEqual(['idle']);
  });

  it('is not stopped because the machine slept: nothing came that could have been taken', () => {
    const { clock, told, phase } = bench({ idleMinutes: 10 });
    phase('live');
    clock.pass(5);
    clock.sleep(600);
    clock.pass(4);
    expect(told).toEqual([]);
    clock.pass(2);
    expect(told).toEqual(['idle']);
  });

  it('is not looked at while it rests, and never without a limit', () => {
    const { clock, told, phase } = bench({ idleMinutes: 10 });
    phase('live');
    phase('complete');
    clock.pass(100);
    const free = bench({});
    free.phase('live');
    free.clock.pass(10_000);
    expect([...told, ...free.told]).toEqual([]);
  });
});

describe('a stream with so many minutes a day', () => {
  it('counts the minutes connected, over reconnects, and is stopped when they are used up', () => {
    const { clock, told, phase } = bench({ dailyMinutes: 60 });
    phase('connecting');
    clock.pass(30);
    phase('live');
    clock.pass(40);
    phase('reconnecting');
    clock.pass(30);
    phase('warming_up');
    clock.pass(19);
    expect(told).toEqual([]);
    clock.pass(1.1);
    expect(told).toEqual(['daily-limit']);
  });

  it('does not count the hours that the machine slept', () => {
    const { clock, told, phase } = bench({ dailyMinutes: 60 });
    phase('live');
    clock.pass(30);
    clock.sleep(300);
    clock.pass(28);
    expect(told).toEqual([]);
    clock.pass(3);
    expect(told).toEqual(['daily-limit']);
  });

  it('goes on at midnight as it was started, unless it was stopped meanwhile', () => {
    const { clock, told, limits, phase } = bench({ dailyMinutes: 60 }, new Date(2026, 5, 15, 22));
    const message = { payload: 'cam1' };
    expect(limits.mayStart(message)).toBe(true);
    phase('live');
    clock.pass(61);
    expect(limits.mayStart(message)).toBe(false);
    clock.pass(58);
    expect(told).toEqual(['daily-limit', 'daily-limit']);
    clock.pass(3);
    expect(told.at(-1)).toEqual(['resume', message]);
    phase('live');
    clock.pass(61);
    limits.stopped();
    clock.pass(3_000);
    expect(told.filter((entry) => Array.isArray(entry))).toHaveLength(1);
  });

  it('gives new minutes at midnight to a stream that runs', () => {
    const { clock, told, phase } = bench({ dailyMinutes: 60 }, new Date(2026, 5, 15, 23, 30));
    phase('live');
    clock.pass(85);
    expect(told).toEqual([]);
    clock.pass(10);
    expect(told).toEqual(['daily-limit']);
  });

  it('remembers over a deploy what was used, but not over midnight', () => {
    const first = bench({ dailyMinutes: 60 });
    first.phase('live');
    first.clock.pass(45);
    first.limits.close();
    expect(first.use()).toEqual({ day: '2026-06-15', usedMs: 45 * MINUTE });
    const second = bench({ dailyMinutes: 60 }, new Date(2026, 5, 15, 13), first.use());
    second.phase('live');
    second.clock.pass(16);
    expect(second.told).toEqual(['daily-limit']);
    const next = bench({ dailyMinutes: 60 }, new Date(2026, 5, 16, 13), first.use());
    next.phase('live');
    next.clock.pass(59);
    expect(next.told).toEqual([]);
  });
});
