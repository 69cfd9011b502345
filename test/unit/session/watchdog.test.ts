import { describe, expect, it } from 'vitest';
import { Watchdog } from '../../../src/session/watchdog';

const limits = { stallTimeoutMs: 30_000, startTimeoutMs: 180_000 };

describe('Watchdog', () => {
  it('gives the first result longer than the later ones', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(1_000);
    expect(watchdog.check('warming_up', 180_000)).toEqual({ kind: 'well' });
    expect(watchdog.check('warming_up', 181_001)).toMatchObject({ kind: 'stalled', error: { code: 'STALLED' } });
  });

  it('finds a live session that has gone silent', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    watchdog.result(10_000);
    expect(watchdog.check('live', 40_000)).toEqual({ kind: 'well' });
    expect(watchdog.check('live', 40_001)).toMatchObject({ kind: 'stalled', error: { retry: true } });
  });

  it('does not count the time in which the machine slept', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    watchdog.result(10_000);
    watchdog.slept(600_000);
    expect(watchdog.check('live', 635_000)).toEqual({ kind: 'well' });
    expect(watchdog.check('live', 640_001)).toMatchObject({ kind: 'stalled' });
  });

  it('finds an upload that does not get on', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    watchdog.result(10_000);
    expect(watchdog.check('uploading', 40_000)).toEqual({ kind: 'well' });
    expect(watchdog.check('uploading', 40_001)).toMatchObject({ kind: 'stalled', error: { code: 'STALLED' } });
  });

  it('finds a server that falls silent in the middle of a file, and gives every frame as long as the first', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    watchdog.result(100_000);
    expect(watchdog.check('processing', 280_000)).toEqual({ kind: 'well' });
    expect(watchdog.check('processing', 280_001)).toMatchObject({ kind: 'stalled', error: { code: 'STALLED' } });
  });

  it('does not judge what is not running', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    for (const phase of ['connecting', 'reconnecting', 'closed'] as const) {
      expect(watchdog.check(phase, 1e9)).toEqual({ kind: 'well' });
    }
  });

  it('lets a model load although the source has ended already', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    watchdog.drain(5_000, { mayBegin: true });
    expect(watchdog.check('warming_up', 60_000)).toEqual({ kind: 'well' });
    watchdog.result(60_000);
    expect(watchdog.check('live', 61_000)).toEqual({ kind: 'drained' });
  });

  it('can be turned off', () => {
    const watchdog = new Watchdog({ stallTimeoutMs: 0, startTimeoutMs: 0 });
    watchdog.expectResults(0);
    expect(watchdog.check('warming_up', 1e9)).toEqual({ kind: 'well' });
    watchdog.result(0);
    expect(watchdog.check('live', 1e9)).toEqual({ kind: 'well' });
  });

  it('calls a finished source drained after a quiet second', () => {
    const watchdog = new Watchdog(limits);
    watchdog.result(100);
    watchdog.drain(200, { mayBegin: true });
    expect(watchdog.check('live', 1_100)).toEqual({ kind: 'well' });
    watchdog.result(1_100);
    expect(watchdog.check('live', 1_300)).toEqual({ kind: 'well' });
    expect(watchdog.check('live', 2_100)).toEqual({ kind: 'drained' });
  });

  it('does not wait for results that the server has said not to have', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    watchdog.drain(5_000, { mayBegin: false });
    expect(watchdog.check('processing', 6_000)).toEqual({ kind: 'drained' });
  });

  it('does not wait for ever for a server that keeps sending', () => {
    const watchdog = new Watchdog(limits);
    watchdog.drain(0, { mayBegin: true });
    watchdog.result(15_000);
    expect(watchdog.check('live', 15_001)).toEqual({ kind: 'drained' });
  });
});
