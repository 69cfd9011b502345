import { describe, expect, it } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors';
import { recoveryDecision } from '../../../src/session/recovery-policy';
import type { RecoverySituation } from '../../../src/session/recovery-policy';

const situation = (code: SessionErrorCode, over: Partial<RecoverySituation> = {}): RecoverySituation => ({
  error: { code, message: '', retry: true },
  failedAttempts: 0,
  enabled: true,
  baseDelayMs: 1_000,
  maxDelayMs: 60_000,
  random: 1,
  ...over,
});

describe('recoveryDecision', () => {
  it.each([
    ['the first loss waits up to the base delay', situation('CONNECTION_LOST'), 1_000],
    ['each failed try doubles the ceiling', situation('CONNECTION_LOST', { failedAttempts: 3 }), 8_000],
    ['the ceiling is capped', situation('CONNECTION_LOST', { failedAttempts: 30 }), 60_000],
    ['lower where nobody answers at all', situation('SERVER_UNREACHABLE', { failedAttempts: 30 }), 15_000],
    ['but never above the own one', situation('SERVER_UNREACHABLE', { failedAttempts: 30, maxDelayMs: 400 }), 400],
    ['jitter spreads it down', situation('CONNECTION_LOST', { failedAttempts: 3, random: 0.5 }), 4_000],
    ['but never to hammering', situation('CONNECTION_LOST', { random: 0 }), 250],
    ['a session at its time limit is replaced at once', situation('SESSION_TIME_LIMIT'), 100],
    ['a quota is not tried before a minute', situation('QUOTA_EXCEEDED', { random: 0 }), 60_000],
    [
      'Retry-After is a lower bound',
      situation('SERVER_BUSY', {
        error: { code: 'SERVER_BUSY', message: '', retry: true, retryAfterMs: 5_000 },
        random: 0.5,
      }),
      5_500,
    ],
  ])('%s', (_title, given, delayMs) => {
    expect(recoveryDecision(given)).toEqual({ kind: 'retry', delayMs });
  });

  it('asks seldom where a server fails again and again without a reason, unless a camera may be it', () => {
    const failing = (failedAttempts: number, over: Partial<RecoverySituation> = {}) =>
      recoveryDecision(situation('SERVER_ERROR', { failedAttempts, ...over }));
    expect(failing(4)).toEqual({ kind: 'retry', delayMs: 16_000 });
    expect(failing(5)).toEqual({ kind: 'retry', delayMs: 301_000, slow: true });
    expect(failing(500, { maxDelayMs: 900_000 })).toEqual({ kind: 'retry', delayMs: 901_000, slow: true });
    expect(failing(5, { pulled: true })).toEqual({ kind: 'retry', delayMs: 32_000 });
    expect(recoveryDecision(situation('SERVER_BUSY', { failedAttempts: 5 }))).toMatchObject({ delayMs: 32_000 });
  });

  it('gives up where trying again cannot help, and when the author wants no recovery', () => {
    const rejected = situation('API_KEY_REJECTED', { error: { code: 'API_KEY_REJECTED', message: '', retry: false } });
    expect(recoveryDecision(rejected)).toEqual({ kind: 'give-up' });
    expect(recoveryDecision(situation('CONNECTION_LOST', { enabled: false }))).toEqual({ kind: 'give-up' });
  });
});
