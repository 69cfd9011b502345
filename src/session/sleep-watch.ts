/**
 * Notices that the machine slept, or this process was stopped, by a clock that went on further than it should between
 * two looks. Where the monotonic clock stands still meanwhile (Linux), the wall clock tells; that one may also have been
 * set, so that whoever is told must do nothing that hurts a healthy session. No timers: it is asked.
 */
import type { Clock } from '../clock';
import { SessionError } from '../errors';

/** Looks come once a second; a blocked event loop is back sooner. */
const MIN_SLEEP_MS = 10_000;
/** What breaks so soon after waking broke in its sleep. */
const AFTERMATH_MS = 30_000;
/** A clock that is set again and again is no sleep each time. */
const WALL_PAUSE_MS = 60_000;

/** Whoever it dialled has hung up meanwhile. */
export const SLEPT_WHILE_CONNECTING = new SessionError(
  'CONNECTION_LOST',
  'This machine slept while it was connecting.',
  { retry: true },
);

/** What a look has found. */
export interface Sleep {
  /** How long, about. */
  sleptMs: number;
  /** By how much the monotonic clock went on meanwhile. */
  monotonicMs: number;
}

/** See the file header. */
export class SleepWatch {
  readonly #clock: Clock;
  readonly #onWoken: (sleep: Sleep) => void;
  #last: { monotonicMs: number; epochMs: number };
  #nextWallMs = -Infinity;
  #woke: { atMs: number; sleptMs: number; excuses: Set<'link' | 'source'> } | undefined;

  /** `onWoken` is called by the first look after a sleep. */
  constructor(clock: Clock, onWoken: (sleep: Sleep) => void) {
    this.#clock = clock;
    this.#onWoken = onWoken;
    this.#last = { monotonicMs: clock.monotonicMs(), epochMs: clock.epochMs() };
  }

  /** Whether it slept since the last look; about once a second. */
  look(): void {
    const now = { monotonicMs: this.#clock.monotonicMs(), epochMs: this.#clock.epochMs() };
    const monotonicMs = now.monotonicMs - this.#last.monotonicMs;
    const wallMs = now.epochMs - this.#last.epochMs;
    this.#last = now;
    if (monotonicMs < MIN_SLEEP_MS) {
      if (wallMs < MIN_SLEEP_MS || now.monotonicMs < this.#nextWallMs) return;
      this.#nextWallMs = now.monotonicMs + WALL_PAUSE_MS;
    }
    const sleptMs = Math.max(monotonicMs, wallMs);
    this.#woke = { atMs: now.monotonicMs, sleptMs, excuses: new Set(['link', 'source']) };
    this.#onWoken({ sleptMs, monotonicMs });
  }

  /** Something broke: how long it slept just before, or null. Each sleep excuses one loss of each. */
  excuse(what: 'link' | 'source'): number | null {
    this.look();
    const woke = this.#woke;
    if (woke?.excuses.delete(what) !== true) return null;
    return this.#clock.monotonicMs() - woke.atMs > AFTERMATH_MS ? null : woke.sleptMs;
  }
}
