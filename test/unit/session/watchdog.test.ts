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

  it('does not judge a file that is still being sent, nor one whose results have begun', () => {
    const watchdog = new Watchdog(limits);
    watchdog.expectResults(0);
    expect(watchdog.check('uploading', 1_000_000)).toEqual({ kind: 'well' });
    watchdog.result(10);
    expect(watchdog.check('processing', 1_000_000)).toEqual({ kind: 'well' });
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
    watchdog.drain(200);
    expect(watchdog.check('live', 1_100)).toEqual({ kind: 'well' });
    watchdog.result(1_100);
    expect(watchdog.check('live', 1_300)).toEqual({ kind: 'well' });
    expect(watchdog.check('live', 2_100)).toEqual({ kind: 'drained' });
  });

  it('does not wait for ever for a server that keeps sending', () => {
    const watchdog = new Watchdog(limits);
    watchdog.drain(0);
    watchdog.result(15_000);
    expect(watchdog.check('live', 15_001)).toEqual({ kind: 'drained' });
  });
});
