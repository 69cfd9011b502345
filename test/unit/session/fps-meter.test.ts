import { expect, it } from 'vitest';
import { FpsMeter } from '../../../src/session/fps-meter';

it('measures events a second over its window and forgets older ones', () => {
  const meter = new FpsMeter(4_000);
  for (let time = 0; time <= 3_000; time += 100) meter.mark(time);
  expect(meter.rate(3_000)).toBeCloseTo(10);
  for (let time = 10_000; time <= 12_000; time += 50) meter.mark(time);
  expect(meter.rate(12_000)).toBeCloseTo(20);
  expect(meter.rate(19_000)).toBeNull();
});

it('says nothing after a moment: the first frames of a connection come in a burst', () => {
  const meter = new FpsMeter();
  expect(meter.rate(0)).toBeNull();
  for (let time = 0; time <= 1_400; time += 10) meter.mark(time);
  expect(meter.rate(1_400)).toBeNull();
});
