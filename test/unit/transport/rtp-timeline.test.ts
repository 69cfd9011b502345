import { describe, expect, it } from 'vitest';
import { RtpTimeline } from '../../../src/transport/rtp-timeline';

const INTERVAL = 3_000;

function timestamps(timeline: RtpTimeline, pts: readonly number[]): number[] {
  return pts.map((value) => timeline.next(value));
}

function evenly(count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, index) => start + index * INTERVAL);
}

describe('RtpTimeline', () => {
  it('keeps presentation times as they are when dither is off', () => {
    const timeline = new RtpTimeline({ ditherTicks: false });
    expect(timestamps(timeline, [0, 3_000, 6_001])).toEqual([0, 3_000, 6_001]);
    expect(timeline.adjusted).toBe(0);
  });

  it('adds 0 to 60 ticks in steps of 4, in a pattern that is the same every time', () => {
    const pts = evenly(200, 12_345);
    const first = timestamps(new RtpTimeline({ ditherTicks: true }), pts);
    const offsets = first.map((timestamp, index) => timestamp - (pts[index] ?? 0));
    expect(timestamps(new RtpTimeline({ ditherTicks: true }), pts)).toEqual(first);
    expect(offsets.every((offset) => offset >= 0 && offset <= 60 && offset % 4 === 0)).toBe(true);
    expect(new Set(offsets).size).toBe(16);
  });

  it('has no stretch of five distances that occurs twice within ten seconds, so that a returned frame can be found', () => {
    const times = timestamps(new RtpTimeline({ ditherTicks: true }), evenly(300));
    const distances = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const stretches = distances.slice(4).map((_, index) => distances.slice(index, index + 5).join());
    expect(new Set(stretches).size).toBe(stretches.length);
  });

  it.each([
    ['the source starts over, as a looped file does', [0, 3_000, 6_000, 0, 3_000]],
    ['the source jumps back a little', [90_000, 93_000, 92_000, 95_000, 98_000]],
    [
      'the source jumps so far ahead that 32 bits would read it as a step back',
      [0, 3_000, 2 ** 31 + 9_000, 2 ** 31 + 12_000],
    ],
    ['the source stands still', Array.from({ length: 12 }, () => 500)],
  ])('never steps back, and leaves room for the closing packet, when %s', (_, pts) => {
    const timeline = new RtpTimeline({ ditherTicks: true });
    const times = timestamps(timeline, pts);
    const distances = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...distances)).toBeLessThan(7_000);
    expect(timeline.adjusted).toBeGreaterThan(0);
  });

  it('goes on at the usual distance after the source has started over', () => {
    const timeline = new RtpTimeline({ ditherTicks: false });
    expect(timestamps(timeline, [0, 9_000, 18_000, 0, 9_000])).toEqual([0, 9_000, 18_000, 27_000, 36_000]);
    expect(timeline.adjusted).toBe(1);
  });

  it('does not take a pause for a jump', () => {
    const timeline = new RtpTimeline({ ditherTicks: false });
    expect(timestamps(timeline, [0, 3_000, 900_000])).toEqual([0, 3_000, 900_000]);
    expect(timeline).toMatchObject({ adjusted: 0, intervalTicks: 3_000 });
  });

  it('starts at zero when the source starts below', () => {
    expect(timestamps(new RtpTimeline({ ditherTicks: false }), [-6_000, -3_000, 0])).toEqual([0, 3_000, 6_000]);
  });
});
