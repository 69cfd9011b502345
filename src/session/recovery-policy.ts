/** Decides, without doing anything, whether a lost session tries again and how long it waits. */
import type { SessionErrorData } from '../errors';

/** What the decision depends on. */
export interface RecoverySituation {
  error: SessionErrorData;
  /** Failed tries since the last result; 0 for the first loss. */
  failedAttempts: number;
  /** The author's wish. */
  enabled: boolean;
  baseDelayMs: number;
  maxDelayMs: number;
  /** 0 to 1, for the jitter. */
  random: number;
  /** The server opens the camera itself: its bare error then mostly means that the camera is off. Default false. */
  pulled?: boolean;
  /** The machine has just slept so long: nobody has failed, and nobody is knocked at too often. Default null. */
  sleptMs?: number | null;
}

/** What to do. */
export type RecoveryDecision =
  /** `slow`: it fails again and again without a reason, so that it is asked only now and then. */
  { kind: 'retry'; delayMs: number; slow?: true } | { kind: 'give-up' };

/** A quota of streams is freed about a minute after the last one ended (protocol.md H). */
const QUOTA_DELAY_MS = 60_000;

/** A session that reached its time limit, or whose worker died for the first time, has nobody to spare. */
const PROMPT_DELAY_MS = 100;

/**
 * So many answers without a reason (bare 500, 502) in a row are no accident. A flow that runs for months must still find
 * the server that is repaired at night, so that it is asked on, but seldom.
 */
const FEW_ATTEMPTS = 5;
const SLOW_DELAY_MS = 300_000;

/**
 * Where nobody answers, asking costs nobody anything: after an outage of the network or a restart of the server, flows
 * should not be blind for another minute.
 */
const UNREACHABLE_MAX_DELAY_MS = 15_000;

/** Below this a "random" pause would hammer a server that refuses at once. */
const MIN_DELAY_MS = 250;

/**
 * Exponential backoff with full jitter and a cap; the server's own `Retry-After` and quotas are a lower bound.
 * Errors that trying again cannot mend (`retry: false`) end it.
 */
export function recoveryDecision(situation: RecoverySituation): RecoveryDecision {
  const { error, failedAttempts, enabled, baseDelayMs, maxDelayMs, random } = situation;
  if (!enabled || !error.retry) return { kind: 'give-up' };
  if (isNobodysFault(situation)) return { kind: 'retry', delayMs: PROMPT_DELAY_MS };
  if (error.code === 'SERVER_ERROR' && failedAttempts >= FEW_ATTEMPTS && situation.pulled !== true) {
    const slowMs = Math.max(SLOW_DELAY_MS, maxDelayMs, error.retryAfterMs ?? 0);
    return { kind: 'retry', delayMs: Math.round(slowMs + random * baseDelayMs), slow: true };
  }
  const ceilingMs = Math.min(longestPauseMs(situation), baseDelayMs * 2 ** Math.min(failedAttempts, 20));
  const jitteredMs = Math.max(Math.min(MIN_DELAY_MS, maxDelayMs), random * ceilingMs);
  const askedMs = Math.max(error.retryAfterMs ?? 0, error.code === 'QUOTA_EXCEEDED' ? QUOTA_DELAY_MS : 0);
  return { kind: 'retry', delayMs: Math.round(askedMs + (askedMs > 0 ? random * baseDelayMs : jitteredMs)) };
}

function isNobodysFault({ error, failedAttempts, sleptMs = null }: RecoverySituation): boolean {
  return sleptMs !== null || (error.code === 'SESSION_TIME_LIMIT' && failedAttempts === 0);
}

function longestPauseMs({ error, maxDelayMs }: RecoverySituation): number {
  return error.code === 'SERVER_UNREACHABLE' ? Math.min(maxDelayMs, UNREACHABLE_MAX_DELAY_MS) : maxDelayMs;
}
