import { expect, it } from 'vitest';
import type { SessionError } from '../../../src/errors';
import { DeliveryWatch } from '../../../src/source/delivery-watch';
import { ManualClock } from '../transport/manual-clock';

function bench() {
  const clock = new ManualClock();
  const told: string[] = [];
  const watch = new DeliveryWatch({
    clock,
    what: 'Camera',
    limits: { openMs: 15_000, silenceMs: 8_000 },
    onSilent: (error: SessionError) => told.push(error.code),
  });
  return { clock, watch, told };
}

it('ends a source that never delivers, and one that falls silent', () => {
  const never = bench();
  never.clock.advance(15_000);
  expect(never.told).toEqual(['SOURCE_UNREACHABLE']);
  const silent = bench();
  for (let count = 0; count < 4; count += 1) {
    silent.clock.advance(5_000);
    silent.watch.heard();
  }
  silent.clock.advance(8_000);
  expect(silent.told).toEqual(['SOURCE_STALLED']);
});

it('gives a source that slept with the machine three seconds to deliver again', () => {
  const { clock, watch, told } = bench();
  watch.heard();
  clock.block(60_000);
  clock.advance(2_999);
  expect(told).toEqual([]);
  watch.heard();
  clock.advance(7_999);
  expect(told).toEqual([]);
  clock.block(60_000);
  clock.advance(3_000);
  expect(told).toEqual(['SOURCE_STALLED']);
});
