/** Watches results come in: when a connected session has stalled, and when a source that ended is done. No timers. */
import { SessionError } from '../errors';
import type { SessionPhase } from './events';

/** Limits in milliseconds; 0 turns one off. */
export interface WatchdogLimits {
  /** Default 30,000. */
  stallTimeoutMs?: number;
  /** Default 180,000: a self-hosted server loads its model at the first frame (protocol.md H). */
  startTimeoutMs?: number;
}

/** What it finds. */
export type WatchdogFinding = { kind: 'well' } | { kind: 'stalled'; error: SessionError } | { kind: 'drained' };

/** A source that ended is done when nothing has come for so long. */
const DRAIN_QUIET_MS = 1_000;
const DRAIN_LIMIT_MS = 15_000;

/** Told what happens and when (monotonic milliseconds), asked now and then. */
export class Watchdog {
  readonly #stallTimeoutMs: number;
  readonly #startTimeoutMs: number;
  #waitingSinceMs = 0;
  #lastResultMs: number | undefined;
  #drainSinceMs: number | undefined;

  constructor(limits: WatchdogLimits = {}) {
    this.#stallTimeoutMs = limits.stallTimeoutMs ?? 30_000;
    this.#startTimeoutMs = limits.startTimeoutMs ?? 180_000;
  }

  /** From now on a first result is expected: the link is up, or the file has arrived. */
  expectResults(nowMs: number): void {
    this.#waitingSinceMs = nowMs;
    this.#lastResultMs = undefined;
  }

  result(nowMs: number): void {
    this.#lastResultMs = nowMs;
  }

  /** The source has ended; only results of what was sent can still come. */
  drain(nowMs: number): void {
    this.#drainSinceMs = nowMs;
  }

  check(phase: SessionPhase, nowMs: number): WatchdogFinding {
    if (this.#drainSinceMs !== undefined) {
      const quietMs = nowMs - Math.max(this.#lastResultMs ?? 0, this.#drainSinceMs);
      const done = quietMs >= DRAIN_QUIET_MS || nowMs - this.#drainSinceMs > DRAIN_LIMIT_MS;
      return done ? { kind: 'drained' } : { kind: 'well' };
    }
    const awaitsFirst = phase === 'warming_up' || (phase === 'processing' && this.#lastResultMs === undefined);
    if (awaitsFirst && isOver(nowMs - this.#waitingSinceMs, this.#startTimeoutMs)) {
      return stalled(`Connected, but no result came for ${seconds(this.#startTimeoutMs)} s: see the server's log.`);
    }
    if (phase === 'live' && isOver(nowMs - (this.#lastResultMs ?? nowMs), this.#stallTimeoutMs)) {
      return stalled(`No result came for ${seconds(this.#stallTimeoutMs)} s although connected.`);
    }
    return { kind: 'well' };
  }
}

function isOver(elapsedMs: number, limitMs: number): boolean {
  return limitMs > 0 && elapsedMs > limitMs;
}

function stalled(message: string): WatchdogFinding {
  return { kind: 'stalled', error: new SessionError('STALLED', message, { retry: true }) };
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
