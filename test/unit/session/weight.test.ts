import { describe, expect, it } from 'vitest';
import { weightOf } from '../../../src/session/weight';

describe('weightOf', () => {
  it('grows with what the JSON takes in memory, not with its text', () => {
    const text = 'x'.repeat(10_000);
    expect(weightOf({ text })).toBeGreaterThan(10_000);
    expect(weightOf({ text })).toBeLessThan(11_000);
    expect(weightOf({ zeros: new Array(10_000).fill(0) })).toBeGreaterThan(80_000);
    expect(weightOf({ deep: [[[{ text }]], { text }] })).toBeGreaterThan(20_000);
    expect(weightOf(null)).toBe(0);
  });

  it('stops counting when it is enough', () => {
    const weight = weightOf({ rows: Array.from({ length: 100_000 }, () => ({ a: 'b' })) }, 1_000_000);
    expect(weight).toBeGreaterThan(1_000_000);
    expect(weight).toBeLessThan(1_001_000);
  });
});
