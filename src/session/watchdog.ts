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

  /** Something moved: a result came, a part of a file went, or it is the user who is waited for. */
  result(nowMs: number): void {
    this.#lastResultMs = nowMs;
  }

  /**
   * The source has ended; only results of what was sent can still come. `mayBegin`: even the first one, of a server
   * whose model is still loading while the frames wait.
   */
  drain(nowMs: number, { mayBegin }: { mayBegin: boolean }): void {
    this.#drainSinceMs = nowMs;
    if (!mayBegin) this.#lastResultMs ??= nowMs;
  }

  /** Nothing could move for so long: neither counts as silence. */
  slept(sleptMs: number): void {
    this.#waitingSinceMs += sleptMs;
    if (this.#lastResultMs !== undefined) this.#lastResultMs += sleptMs;
    if (this.#drainSinceMs !== undefined) this.#drainSinceMs += sleptMs;
  }

  check(phase: SessionPhase, nowMs: number): WatchdogFinding {
    if (this.#drainSinceMs !== undefined) return this.#checkDrained(this.#drainSinceMs, nowMs);
    const found = this.#silenceOf(phase);
    if (found === undefined) return { kind: 'well' };
    const quietMs = nowMs - Math.max(this.#waitingSinceMs, this.#lastResultMs ?? 0);
    if (found.limitMs <= 0 || quietMs <= found.limitMs) return { kind: 'well' };
    const message = `${found.what} for ${Math.round(found.limitMs / 1_000)} s.`;
    return { kind: 'stalled', error: new SessionError('STALLED', message, { retry: true }) };
  }

  /** What must not last in this phase, and how long it may. */
  #silenceOf(phase: SessionPhase): { what: string; limitMs: number } | undefined {
    const [start, stall] = [this.#startTimeoutMs, this.#stallTimeoutMs];
    if (phase === 'warming_up') return { what: "Connected, but (see the server's log) no result came", limitMs: start };
    // A file cannot be tried again, so that it gets as long for every frame as for the first.
    if (phase === 'processing') return { what: 'The server has the file, but no result came', limitMs: start };
    if (phase === 'live') return { what: 'Although connected, no result came', limitMs: stall };
    if (phase === 'uploading') return { what: 'The server took nothing more of the file', limitMs: stall };
    return undefined;
  }

  #checkDrained(sinceMs: number, nowMs: number): WatchdogFinding {
    const last = this.#lastResultMs;
    const limitMs = last === undefined ? Math.max(this.#startTimeoutMs, DRAIN_LIMIT_MS) : DRAIN_LIMIT_MS;
    const isQuiet = last !== undefined && nowMs - Math.max(last, sinceMs) >= DRAIN_QUIET_MS;
    return isQuiet || nowMs - sinceMs > limitMs ? { kind: 'drained' } : { kind: 'well' };
  }
}
