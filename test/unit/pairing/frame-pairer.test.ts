import { describe, expect, it } from 'vitest';
import { FramePairer } from '../../../src/pairing/frame-pairer';
import { seededRandom } from '../channel/random';
import { pairStream } from './stream-simulation';
import type { SimulatedStream } from './stream-simulation';

const SEEDS = [1, 2, 3];
const frameCount = ({ right, wrong, alone }: ReturnType<typeof pairStream>) => right + wrong + alone;

describe('FramePairer with timestamps that carry a pattern', () => {
  const cases: [string, Omit<SimulatedStream, 'seed' | 'ditherTicks'>][] = [
    ['nothing is lost', {}],
    ['the first frame is lost', { lostAtStart: 1 }],
    ['the first five frames are lost and arrival jitters', { lostAtStart: 5, jitterMs: 15 }],
    ['5 % of the pictures are lost', { lossShare: 0.05, jitterMs: 15 }],
    ['20 % of the pictures are lost, and the first three', { lossShare: 0.2, lostAtStart: 3, jitterMs: 25 }],
    ['neighbours change places', { swappedShare: 0.1, jitterMs: 10 }],
    ['pictures come 150 ms after their data', { frameDelayMs: 150, jitterMs: 30, lossShare: 0.05 }],
    ['pictures come 150 ms before their data', { frameDelayMs: -150, jitterMs: 30, lossShare: 0.05 }],
    ['the server skips a third of the frames', { skippedShare: 0.33, jitterMs: 15 }],
    ['3 % of the data messages never come', { dataLossShare: 0.03, jitterMs: 15 }],
    ['there are only five frames a second', { intervalMs: 200, jitterMs: 90, lostAtStart: 2 }],
  ];
  it.each(cases)('never gives a picture the data of another frame when %s', (_, stream) => {
    for (const seed of SEEDS) {
      for (const ditherTicks of [16, 64]) {
        const result = pairStream({ ...stream, seed, ditherTicks });
        expect(result.wrong).toBe(0);
        expect(result.right).toBeGreaterThan(0.9 * frameCount(result));
        expect(result.longestWaitMs).toBeLessThanOrEqual(300);
        expect(result.stats).toMatchObject({ paired: result.right, unpaired: result.alone });
      }
    }
  });

  it('is sure after at most 15 pictures', () => {
    for (const seed of SEEDS) expect(pairStream({ seed, ditherTicks: 64 }).firstRightMs).toBeLessThan(500);
  });

  it('delivers every picture once, and in order when they came in order', () => {
    const { order } = pairStream({ seed: 9, ditherTicks: 64, lossShare: 0.1, jitterMs: 15, dataLossShare: 0.05 });
    expect(order).toEqual([...order].sort((left, right) => left - right));
    expect(new Set(order).size).toBe(order.length);
  });
});

describe('FramePairer with perfectly regular timestamps', () => {
  const cases: [string, Omit<SimulatedStream, 'seed' | 'ditherTicks'>][] = [
    ['nothing is lost', {}],
    ['the first frames are lost', { lostAtStart: 5, jitterMs: 12 }],
    ['arrival jitters by almost half an interval', { jitterMs: 15 }],
    ['pictures follow their data by a quarter of the interval', { jitterMs: 10, frameDelayMs: 8 }],
    ['20 % of the pictures are lost', { lossShare: 0.2, jitterMs: 12 }],
    ['the server skips frames now and then', { skippedShare: 0.05, jitterMs: 12, lossShare: 0.1 }],
    ['there are only five frames a second', { intervalMs: 200, jitterMs: 90, lostAtStart: 2, frames: 400 }],
  ];
  it.each(cases)('goes by arrival, rightly, when %s', (_, stream) => {
    for (const seed of SEEDS) {
      const result = pairStream({ ...stream, seed, ditherTicks: 0 });
      expect(result.wrong).toBe(0);
      expect(result.right).toBeGreaterThan(0.85 * frameCount(result));
    }
  });
});

/** 60 dithered frames from `firstTick` on, data right before its picture. */
function play(pairer: FramePairer<number, number>, { firstTick, offset, fromMs }: Record<string, number>) {
  const random = seededRandom(firstTick ?? 0);
  for (let index = 0; index < 60; index += 1) {
    const ticks = (firstTick ?? 0) + index * 3_000 + Math.floor(random() * 64);
    const atMs = (fromMs ?? 0) + index * 33;
    pairer.data(ticks, atMs, ticks);
    pairer.frame(ticks + (offset ?? 0), atMs + 2, ticks);
  }
}

function collect(options: { maxWaitMs?: number; maxPending?: number } = {}) {
  const pairs: [number, number | null][] = [];
  const pairer = new FramePairer<number, number>({
    maxWaitMs: options.maxWaitMs ?? 100,
    maxPending: options.maxPending ?? 150,
    onPair: (frame, data) => pairs.push([frame, data]),
  });
  return { pairer, pairs };
}

describe('FramePairer', () => {
  it('accepts two ticks of rounding and no more', () => {
    const { pairer, pairs } = collect();
    play(pairer, { firstTick: 0, offset: 500, fromMs: 0 });
    for (const [index, error] of [2, -2, 3].entries()) {
      pairer.data(1_000_000 + index * 3_000, 5_000 + index, index);
      pairer.frame(1_000_500 + index * 3_000 + error, 5_000 + index, -index);
    }
    pairer.flush();
    expect(pairs.slice(-3)).toEqual([
      [-0, 0],
      [-1, 1],
      [-2, null],
    ]);
  });

  it('waits for data that is late, but not longer than told', () => {
    const { pairer, pairs } = collect();
    play(pairer, { firstTick: 0, offset: 500, fromMs: 0 });
    pairs.length = 0;
    pairer.frame(1_000_500, 5_000, 1);
    expect(pairer.nextDeadlineMs).toBe(5_100);
    pairer.data(1_000_000, 5_050, 1);
    pairer.frame(1_003_500, 5_060, 2);
    pairer.tick(5_159);
    expect(pairs).toEqual([[1, 1]]);
    pairer.tick(5_160);
    expect(pairs).toEqual([
      [1, 1],
      [2, null],
    ]);
    expect(pairer.nextDeadlineMs).toBeUndefined();
  });

  it('lets a picture go at once when a later data message shows that its own was lost', () => {
    const { pairer, pairs } = collect();
    play(pairer, { firstTick: 0, offset: 500, fromMs: 0 });
    pairs.length = 0;
    pairer.frame(1_000_500, 5_000, 1);
    pairer.data(1_003_000, 5_001, 2);
    expect(pairs).toEqual([[1, null]]);
  });

  it('holds pictures before it is sure, and at most as many as told', () => {
    const { pairer, pairs } = collect({ maxPending: 3 });
    for (let index = 0; index < 5; index += 1) pairer.frame(index * 3_000, index, index);
    expect(pairs).toEqual([
      [0, null],
      [1, null],
    ]);
    pairer.flush();
    expect(pairs.map(([frame]) => frame)).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not make pictures wait for a server that sends no timestamps', () => {
    const { pairer, pairs } = collect();
    pairer.data(null, 0, 1);
    pairer.frame(3_000, 1, 7);
    expect(pairs).toEqual([[7, null]]);
  });

  it('keeps at most as many data messages as told', () => {
    const { pairer } = collect({ maxPending: 3 });
    for (let index = 0; index < 10; index += 1) pairer.data(index * 3_000, index, index);
    expect(pairer.stats.dataEvicted).toBe(7);
  });

  it('finds the new constant by itself when the server starts again', () => {
    const { pairer, pairs } = collect();
    play(pairer, { firstTick: 9_000_000, offset: 500, fromMs: 0 });
    play(pairer, { firstTick: 17, offset: 2 ** 31 + 7, fromMs: 10_000 });
    play(pairer, { firstTick: 180_100, offset: 2 ** 31 + 7, fromMs: 12_000 });
    pairer.flush();
    expect(pairs.filter(([frame, data]) => data !== null && data !== frame)).toEqual([]);
    expect(pairs.slice(-60)).toEqual(pairs.slice(-60).map(([frame]) => [frame, frame]));
  });

  it('starts afresh after reset and lets waiting pictures go', () => {
    const { pairer, pairs } = collect();
    play(pairer, { firstTick: 0, offset: 500, fromMs: 0 });
    pairer.frame(1_000_500, 5_000, 1);
    pairer.reset();
    expect(pairs.at(-1)).toEqual([1, null]);
    expect(pairer.offset).toBeUndefined();
    play(pairer, { firstTick: 50, offset: -9_999, fromMs: 6_000 });
    expect(pairer.offset).toBe(-9_999);
  });

  it('loses no picture when a handler throws', () => {
    const seen: number[] = [];
    const pairer = new FramePairer<number, number>({
      maxWaitMs: 10,
      maxPending: 10,
      onPair(frame) {
        seen.push(frame);
        if (frame === 1) throw new Error('handler');
      },
    });
    for (const frame of [1, 2]) pairer.frame(frame * 3_000, frame, frame);
    expect(() => pairer.tick(11)).toThrow('handler');
    pairer.tick(12);
    expect(seen).toEqual([1, 2]);
  });
});
