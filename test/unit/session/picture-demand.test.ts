import { describe, expect, it } from 'vitest';
import type { PictureOptions, PicturePace } from '../../../src/session/options';
import { PictureDemand } from '../../../src/session/picture-demand';

const picture = (id: string, ...paces: PicturePace[]): PictureOptions => ({ id, format: 'jpeg', paces });
const every: PicturePace = { kind: 'every' };
const request: PicturePace = { kind: 'request' };
const interval = (intervalMs: number): PicturePace => ({ kind: 'interval', intervalMs });

/** The claims of so many frames, from `fromMs` on. */
function claims(demand: PictureDemand, count: number, { fromMs = 0, gapMs = 1_000 / 30 } = {}): number[] {
  return Array.from({ length: count }, (_, index) => demand.claim(fromMs + index * gapMs).wanted);
}

describe('PictureDemand', () => {
  it('wants each picture as often as the quickest of its listeners', () => {
    const demand = new PictureDemand([picture('a', every), picture('b', interval(1_000)), picture('c')]);
    const wanted = claims(demand, 300);
    expect(wanted.filter((bits) => (bits & 1) !== 0)).toHaveLength(300);
    expect(wanted.filter((bits) => (bits & 2) !== 0)).toHaveLength(10);
    expect(wanted.some((bits) => (bits & 4) !== 0)).toBe(false);
  });

  it.each([
    [10, 1_000 / 30, 100],
    [7, 1_000 / 30, 70],
    [30, 1_000 / 30, 300],
    [60, 1_000 / 30, 300],
    [2, 1_000 / 25, 20],
  ])('comes out at %i a second exactly, whatever the frames are apart', (perSecond, gapMs, expected) => {
    const demand = new PictureDemand([picture('a', interval(1_000 / perSecond))]);
    const count = claims(demand, Math.round(10_000 / gapMs), { gapMs }).filter((bits) => bits === 1).length;
    expect(Math.abs(count - expected)).toBeLessThanOrEqual(1);
  });

  it('does not make up for a time without frames', () => {
    const demand = new PictureDemand([picture('a', interval(200))]);
    claims(demand, 30);
    expect(claims(demand, 30, { fromMs: 60_000 }).filter((bits) => bits === 1).length).toBeLessThanOrEqual(6);
  });

  it('wants a picture when it is asked for, the first one at the start, and counts what went by', () => {
    const demand = new PictureDemand([picture('a', request)]);
    expect(claims(demand, 3)).toEqual([1, 0, 0]);
    demand.request('a', 100);
    expect(demand.claim(110)).toEqual({ wanted: 1, skipped: [2] });
    expect(demand.claim(143).wanted).toBe(0);
  });

  it('wants every frame of a slow stream for those who may ask', () => {
    const demand = new PictureDemand([picture('a', request), picture('preview')]);
    expect(claims(demand, 4, { gapMs: 500 })).toEqual([1, 1, 1, 1]);
  });

  it('wants a picture again when it was lost', () => {
    const demand = new PictureDemand([picture('a'), picture('b')]);
    demand.lost(0b10);
    expect(claims(demand, 2)).toEqual([0b10, 0]);
  });

  it('is idle while nobody can want anything, and for seconds after the last request not', () => {
    const demand = new PictureDemand([picture('preview')]);
    expect(demand.isIdle(0)).toBe(true);
    demand.request('preview', 1_000);
    expect([demand.isIdle(2_000), demand.isIdle(7_000)]).toEqual([false, true]);
    demand.change([picture('preview', interval(60_000))]);
    expect(demand.isIdle(7_000)).toBe(false);
  });

  it('keeps the time of a pace that stays, and hears a new one at once', () => {
    const demand = new PictureDemand([picture('a', interval(10_000))]);
    expect(demand.claim(0).wanted).toBe(1);
    demand.change([picture('a', interval(10_000)), picture('unknown', every)]);
    expect(demand.claim(100).wanted).toBe(0);
    demand.change([picture('a', interval(10_000), request)]);
    expect(demand.claim(200).wanted).toBe(1);
  });
});
