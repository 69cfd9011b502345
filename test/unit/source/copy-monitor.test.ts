import { describe, expect, it } from 'vitest';
import { CopyMonitor } from '../../../src/source/copy-monitor';
import type { WatchedUnit } from '../../../src/source/copy-monitor';

const SECOND = 90_000;

/** A slice of so many bytes. */
const slice = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 1, 0x41]), Buffer.alloc(bytes - 1, 0x55)]);
const unit = (pts90k: number, change: Partial<WatchedUnit> = {}): WatchedUnit => ({
  pts90k,
  idr: false,
  annexB: slice(1000),
  sps: undefined,
  ...change,
});
/** What the last one of these gives. */
const verdict = (units: WatchedUnit[]): string | undefined => {
  const monitor = new CopyMonitor();
  return units.map((each) => monitor.violation(each)).at(-1);
};

describe('CopyMonitor', () => {
  it('lets a regular stream pass', () => {
    const units = Array.from({ length: 200 }, (_, index) => unit(index * 9000, { idr: index % 40 === 0 }));
    const monitor = new CopyMonitor();
    expect(units.map((each) => monitor.violation(each)).filter(Boolean)).toEqual([]);
  });

  it('lets keyframes be exactly 4 s apart and refuses more', () => {
    const first = unit(0, { idr: true });
    expect(verdict([first, unit(4 * SECOND)])).toBeUndefined();
    expect(verdict([first, unit(4 * SECOND, { idr: true }), unit(8 * SECOND)])).toBeUndefined();
    expect(verdict([first, unit(4.2 * SECOND)])).toBe('keyframes more than 4 s apart');
  });

  it('refuses a picture of 120 packets and takes one of 119', () => {
    const payload = 1148; // 1150 of a packet less two of the FU header
    expect(verdict([unit(0, { annexB: slice(1 + 119 * payload) })])).toBeUndefined();
    expect(verdict([unit(0, { annexB: slice(2 + 119 * payload) })])).toBe('a picture of 120 packets');
  });

  it('counts the packets of many small slices, which waste room', () => {
    const annexB = Buffer.concat(Array.from({ length: 125 }, () => slice(700)));
    expect(verdict([unit(0, { annexB })])).toBe('a picture of 125 packets');
  });

  it('tells B-frames from timestamps that run backwards', () => {
    expect(verdict([unit(9000, { idr: true }), unit(27_000), unit(18_000)])).toBe('B-frames');
    expect(verdict([unit(9000, { idr: true }), unit(27_000), unit(0)])).toBe('timestamps out of order');
    expect(verdict([unit(9000, { idr: true }), unit(27_000), unit(27_000)])).toBe('timestamps out of order');
  });

  it('refuses a new parameter set that does not qualify', () => {
    const sps = { profileIdc: 110, levelIdc: 31, width: 64, height: 64, maxNumReorderFrames: 0, frameMbsOnly: true };
    expect(verdict([unit(0, { idr: true }), unit(9000, { idr: true, sps })])).toBe('H.264 profile 110');
  });
});
