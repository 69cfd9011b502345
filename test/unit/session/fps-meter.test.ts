import { expect, it } from 'vitest';
import { FpsMeter } from '../../../src/session/fps-meter';

it('measures events a second over its window and forgets older ones', () => {
  const meter = new FpsMeter(1_000);
  expect(meter.rate(0)).toBeNull();
  for (let time = 0; time <= 500; time += 100) meter.mark(time);
  expect(meter.rate(500)).toBeCloseTo(10);
  for (let time = 2_000; time <= 2_200; time += 50) meter.mark(time);
  expect(meter.rate(2_200)).toBeCloseTo(20);
  expect(meter.rate(9_000)).toBeNull();
});
