/**
 * Counts how long a stream has been connected today, over all reconnects, and says when the day's minutes are used up
 * and when a new day (local midnight) brings new ones. What is used is kept elsewhere, so that a deploy forgives nothing.
 */
import type { Clock } from '../../src/index';

/** What has been used of a day. */
export interface DayUse {
  /** Local date, `2026-11-22`. */
  day: string;
  usedMs: number;
}

/** What a budget is made of. Callbacks must not throw. */
export interface DailyBudgetOptions {
  clock: Clock;
  /** Null: without a limit. */
  limitMs: number | null;
  /** What an earlier life of the same node has left; undefined: nothing. */
  load: () => DayUse | undefined;
  save: (use: DayUse) => void;
  onSpent: () => void;
  onNewDay: () => void;
}

/** How often the use is written down while connected. */
const SAVE_EVERY_MS = 15_000;
/** Clocks are set and machines sleep: the date is looked at, not slept for. */
const DATE_EVERY_MS = 60_000;
/** It is counted every 15 s: what is missing beyond this was slept, and servers end a session that is silent so long. */
const MAX_STEP_MS = 60_000;

export class DailyBudget {
  readonly #options: DailyBudgetOptions;
  #use: DayUse;
  /** Monotonic time up to which the use is counted; undefined: not connected. */
  #countedMs: number | undefined;
  #cancelCount: (() => void) | undefined;
  #cancelDate: (() => void) | undefined;

  constructor(options: DailyBudgetOptions) {
    this.#options = options;
    const day = this.#today();
    const kept = options.limitMs === null ? undefined : options.load();
    this.#use = kept?.day === day ? kept : { day, usedMs: 0 };
  }

  /** Nothing is left of today. */
  get isSpent(): boolean {
    const { limitMs } = this.#options;
    if (limitMs === null) return false;
    this.#count();
    return this.#use.usedMs >= limitMs;
  }

  /** The stream is connected, or not (any more). */
  connected(isConnected: boolean): void {
    if (this.#options.limitMs === null || isConnected === (this.#countedMs !== undefined)) return;
    this.#count();
    this.#countedMs = isConnected ? this.#options.clock.monotonicMs() : undefined;
    this.#cancelCount?.();
    if (isConnected) this.#schedule();
    else this.#options.save(this.#use);
  }

  /** Calls `onNewDay` once, when the next day has begun. */
  awaitNewDay(): void {
    const { clock, onNewDay } = this.#options;
    const { day } = this.#use;
    this.#cancelDate?.();
    this.#cancelDate = clock.after(DATE_EVERY_MS, () => {
      if (this.#today() === day) this.awaitNewDay();
      else onNewDay();
    });
  }

  /** The new day is of no interest (any more). */
  forgetNewDay(): void {
    this.#cancelDate?.();
  }

  close(): void {
    this.connected(false);
    this.forgetNewDay();
  }

  #schedule(): void {
    const { limitMs, clock, save, onSpent } = this.#options;
    const leftMs = (limitMs ?? Infinity) - this.#use.usedMs;
    this.#cancelCount = clock.after(Math.max(1, Math.min(SAVE_EVERY_MS, leftMs)), () => {
      const isSpent = this.isSpent;
      save(this.#use);
      if (isSpent) onSpent();
      else this.#schedule();
    });
  }

  #count(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const addedMs = this.#countedMs === undefined ? 0 : Math.min(nowMs - this.#countedMs, MAX_STEP_MS);
    if (this.#countedMs !== undefined) this.#countedMs = nowMs;
    const day = this.#today();
    this.#use = day === this.#use.day ? { day, usedMs: this.#use.usedMs + addedMs } : { day, usedMs: 0 };
  }

  #today(): string {
    const now = new Date(this.#options.clock.epochMs());
    const parts = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
    return parts.map((part) => String(part).padStart(2, '0')).join('-');
  }
}
