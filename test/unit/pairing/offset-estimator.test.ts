import { describe, expect, it } from 'vitest';
import { OffsetEstimator } from '../../../src/pairing/offset-estimator';
import { seededRandom } from '../channel/random';

interface Sending {
  seed: number;
  ditherTicks: number;
  /** The server answers every so-manieth frame. */
  every?: number;
  latencyMs?: number;
  frames?: number;
}

/** Sent frames as references, the server's pts of some of them as observations; pts = sent - 123,456. */
function run(estimator: OffsetEstimator, { seed, ditherTicks, every = 1, latencyMs = 80, frames = 600 }: Sending) {
  const random = seededRandom(seed);
  const answers: { atMs: number; ticks: number }[] = [];
  const offsets = new Set<number>();
  let answered = 0;
  let unsure = 0;
  for (let index = 0; index < frames; index += 1) {
    const atMs = index * 33;
    const ticks = 2 ** 32 + index * 3_000 + Math.floor(random() * (ditherTicks + 1));
    estimator.addReference(ticks, atMs);
    if (index % every === 0) answers.push({ atMs: atMs + latencyMs + random() * 40, ticks: ticks - 123_456 });
    for (let answer = answers[0]; answer !== undefined && answer.atMs <= atMs + 33; answer = answers[0]) {
      answers.shift();
      answered += 1;
      const offset = estimator.addObserved(answer.ticks, answer.atMs);
      if (offset === undefined) unsure += 1;
      else offsets.add(offset);
    }
  }
  return { offsets: [...offsets], answered, unsure };
}

describe('OffsetEstimator on results against sent frames', () => {
  it.each([
    ['answers every frame', {}],
    ['answers one frame in seven', { every: 7 }],
    ['takes three seconds', { latencyMs: 3_000 }],
    ['takes three seconds and answers one frame in three', { latencyMs: 3_000, every: 3 }],
  ])('finds the one constant when the server %s', (_, sending) => {
    for (const seed of [1, 2, 3, 4]) {
      const result = run(new OffsetEstimator(), { seed, ditherTicks: 64, ...sending });
      expect(result.offsets).toEqual([-123_456]);
      expect(result.unsure).toBeLessThan(12);
    }
  });

  it('says nothing about perfectly regular timestamps, which prove nothing', () => {
    expect(run(new OffsetEstimator(), { seed: 1, ditherTicks: 0 })).toMatchObject({ offsets: [] });
  });

  it('gives its answer up when it stops fitting, and finds the next', () => {
    const estimator = new OffsetEstimator();
    run(estimator, { seed: 1, ditherTicks: 64 });
    const random = seededRandom(2);
    const seen = new Set<number | undefined>();
    for (let index = 0; index < 200; index += 1) {
      const ticks = 2 ** 33 + index * 3_000 + Math.floor(random() * 64);
      estimator.addReference(ticks, 30_000 + index * 33);
      seen.add(estimator.addObserved(ticks - 77, 30_010 + index * 33));
    }
    expect([...seen].filter((offset) => offset !== undefined)).toEqual([-123_456, -77]);
    expect(estimator.offset).toBe(-77);
  });

  it('forgets everything on reset', () => {
    const estimator = new OffsetEstimator();
    run(estimator, { seed: 3, ditherTicks: 64 });
    estimator.reset();
    expect(estimator.offset).toBeUndefined();
    expect(estimator.addObserved(1, 1)).toBeUndefined();
  });
});
