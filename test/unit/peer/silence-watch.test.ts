import { expect, it } from 'vitest';
import { watchSilence } from '../../../src/peer/silence-watch';
import { ManualClock } from '../transport/manual-clock';

function setUp(): { clock: ManualClock; line: { received: number }; silences: number[]; stop: () => void } {
  const clock = new ManualClock();
  const line = { received: 5 };
  const silences: number[] = [];
  const stop = watchSilence({
    clock,
    received: () => line.received,
    silenceTimeoutMs: 16_000,
    onSilence: () => silences.push(clock.monotonicMs()),
  });
  return { clock, line, silences, stop };
}

it('tells once of 16 seconds without a packet', () => {
  const { clock, silences } = setUp();
  clock.advance(15_999);
  expect(silences).toEqual([]);
  clock.advance(60_000);
  expect(silences).toEqual([17_000]);
  expect(clock.pending).toBe(0);
});

it('begins anew with each packet, also when a new path counts from zero', () => {
  const { clock, line, silences } = setUp();
  for (const received of [6, 7, 0, 1]) {
    clock.advance(14_000);
    line.received = received;
  }
  clock.advance(15_000);
  expect(silences).toEqual([]);
});

it('does not take a blocked event loop, which reads nothing either, for silence', () => {
  const { clock, line, silences } = setUp();
  clock.block(60_000);
  clock.advance(1);
  line.received += 1;
  clock.advance(5_000);
  line.received += 1;
  clock.advance(13_000);
  expect(silences).toEqual([]);
});

it('stops when it is told to', () => {
  const { clock, silences, stop } = setUp();
  stop();
  clock.advance(60_000);
  expect(silences).toEqual([]);
});

it('is impatient after a sleep: what comes of before it is read, and then six seconds without a packet are enough', () => {
  const { clock, line, silences } = setUp();
  clock.block(60_000);
  // The packets of before the sleep are read right after the first look.
  clock.advance(1);
  line.received += 20;
  clock.advance(2_000);
  expect(silences).toEqual([]);
  clock.advance(6_000);
  expect(silences).toHaveLength(1);
});

it('is patient again when the connection has outlived the sleep', () => {
  const { clock, line, silences } = setUp();
  clock.block(60_000);
  for (let count = 0; count < 4; count += 1) {
    clock.advance(4_000);
    line.received += 1;
  }
  clock.advance(15_000);
  expect(silences).toEqual([]);
});
