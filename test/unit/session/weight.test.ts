import { describe, expect, it } from 'vitest';
import { isNestedDeeper, weightOf } from '../../../src/session/weight';

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

describe('isNestedDeeper', () => {
  it('tells what is too deep for copies between threads, however deep it is', () => {
    const nested = (depth: number) => JSON.parse(`${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`) as object;
    expect(isNestedDeeper(null, 1)).toBe(false);
    expect(isNestedDeeper({ a: [1] }, 2)).toBe(false);
    expect(isNestedDeeper({ a: [[]] }, 2)).toBe(true);
    expect(isNestedDeeper(nested(200), 200)).toBe(false);
    expect(isNestedDeeper(nested(100_000), 200)).toBe(true);
  });
});
