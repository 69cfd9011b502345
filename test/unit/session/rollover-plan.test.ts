import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { nextTimeOfDay, parseTimeOfDay, rolloverDue } from '../../../src/session/rollover-plan';

const NOON = new Date(2026, 5, 15, 12).getTime();
const HOUR = 3_600_000;

function due(ageMs: number, over: Partial<SessionOptions> = {}) {
  const options: SessionOptions = {
    server: { url: 'http://127.0.0.1:9001' },
    workflow: { kind: 'specification', specification: {} },
    source: { kind: 'test-pattern' },
    ...over,
  };
  return rolloverDue(options, { ageMs, bornAt: NOON, now: NOON + ageMs });
}

describe('rolloverDue', () => {
  it.each([
    ['three minutes before the hour that servers give by default', {}, HOUR - 180_000],
    ['a quarter of a short life before its end', { processingTimeoutS: 20 }, 15_000],
    ['as long before as it is told', { processingTimeoutS: 60, rollover: { leadMs: 10_000 } }, 50_000],
    ['never before half of its life', { processingTimeoutS: 60, rollover: { leadMs: 59_000 } }, 30_000],
  ] satisfies [string, Partial<SessionOptions>, number][])('is %s', (_title, over, atMs) => {
    expect(due(atMs - 1, over)).toBeNull();
    expect(due(atMs, over)).toBe('time-limit');
  });

  it.each([
    ['without a limit', { processingTimeoutS: null }],
    ['when it is off', { rollover: { mode: 'off' } }],
    ['for a file', { source: { kind: 'upload', path: 'a.mp4' } }],
  ] satisfies [string, Partial<SessionOptions>][])('is never %s', (_title, over) => {
    expect(due(1_000 * HOUR, over)).toBeNull();
  });

  it('is at a time of day, however long the session may live, and before its limit all the same', () => {
    const rollover = { mode: 'daily', at: '03:30' } as const;
    const atMs = new Date(2026, 5, 16, 3, 30).getTime() - NOON;
    expect(due(atMs - 1, { processingTimeoutS: null, rollover })).toBeNull();
    expect(due(atMs, { processingTimeoutS: null, rollover })).toBe('time-of-day');
    expect(due(HOUR, { rollover })).toBe('time-limit');
  });
});

describe('a time of day', () => {
  it('is the next one, today or tomorrow, never the present moment', () => {
    expect(new Date(nextTimeOfDay(NOON, { hours: 13, minutes: 5 }))).toEqual(new Date(2026, 5, 15, 13, 5));
    expect(new Date(nextTimeOfDay(NOON, { hours: 12, minutes: 0 }))).toEqual(new Date(2026, 5, 16, 12));
  });

  it('is read from hours and minutes', () => {
    expect(parseTimeOfDay(' 3:05 ')).toEqual({ hours: 3, minutes: 5 });
    for (const text of ['', '24:00', '12', '12:60', 'noon']) {
      expect(() => parseTimeOfDay(text)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    }
  });
});
