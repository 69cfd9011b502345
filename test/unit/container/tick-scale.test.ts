import { describe, expect, it } from 'vitest';
import { rescaleDown, TickScale } from '../../../src/container/tick-scale';

describe('TickScale', () => {
  it.each([
    [{ num: 1, den: 90_000 }, 123_456_789_012, 123_456_789_012],
    [{ num: 1, den: 1000 }, 33, 2970],
    [{ num: 1, den: 81_920 }, 8192, 9000],
    [{ num: 1001, den: 30_000 }, 2, 6006],
    [{ num: 1, den: 1_000_000 }, 33_333, 3000], // 2999.97
    [{ num: 1, den: 1_000_000 }, 5, 0], // 0.45
    [{ num: 1, den: 1_000_000 }, 1_735_689_600_000_000, 156_212_064_000_000], // microseconds since 1970
    [{ num: 1, den: 25 }, -3, -10_800],
  ])('turns a time in %j, %i, into %i', (timeBase, pts, ticks) => {
    expect(new TickScale(timeBase).to90k(pts)).toBe(ticks);
  });
});

describe('rescaleDown', () => {
  it.each([
    [{ pts: 7, timeBase: { num: 1, den: 3 } }, { num: 1, den: 2 }, 4],
    [{ pts: 9_007_199_254_740_991, timeBase: { num: 1, den: 90_000 } }, { num: 1, den: 81_920 }, 8_198_552_921_648_688],
    [{ pts: 5, timeBase: { num: 1, den: 25 } }, { num: 1, den: 25 }, 5],
  ])('rounds %j in %j down to %i', (time, timeBase, pts) => {
    expect(rescaleDown(time, timeBase)).toBe(pts);
  });
});
