import { describe, expect, it } from 'vitest';
import { ProgressMeter } from '../../../src/session/progress-meter';

describe('ProgressMeter', () => {
  it('tells whole percents at once, and the time left from the second second on', () => {
    const meter = new ProgressMeter(1_000);
    expect(meter.at(0, 1_000, 1_000)).toEqual({ percent: 0, remainingMs: null });
    expect(meter.at(99, 1_000, 1_500)).toEqual({ percent: 9, remainingMs: null });
    expect(meter.at(200, 1_000, 2_000)).toEqual({ percent: 20, remainingMs: 4_000 });
  });

  it('guesses anew once a second, in whole seconds, and knows when nothing is left', () => {
    const meter = new ProgressMeter(0);
    expect(meter.at(10, 100, 1_000).remainingMs).toBe(9_000);
    expect(meter.at(50, 100, 1_900).remainingMs).toBe(9_000);
    expect(meter.at(60, 100, 2_100).remainingMs).toBe(2_000);
    expect(meter.at(100, 100, 2_200)).toEqual({ percent: 100, remainingMs: 0 });
  });

  it('knows nothing of a file whose size is unknown', () => {
    expect(new ProgressMeter(0).at(5_000, null, 9_000)).toEqual({ percent: null, remainingMs: null });
  });
});
