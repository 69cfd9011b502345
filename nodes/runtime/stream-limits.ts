/**
 * The two limits of a stream that its author may set: stopped when no flow takes anything, and so many minutes a day.
 * Neither is a failure: the stream says why it stopped, and after the daily one it goes on at midnight.
 */
import { systemClock } from '../../src/index';
import type { Clock, PhaseEvent, SessionPhase } from '../../src/index';
import { DailyBudget } from './daily-budget';
import type { DayUse } from './daily-budget';
import { IdleWatch } from './idle-watch';
import { RESTING } from './stream-phases';

/** Why a stream was stopped that nobody had stopped. */
export type StopCause = 'idle' | 'daily-limit';

/** A phase, and of `closed` perhaps why. */
export type StreamPhase = PhaseEvent & { stopped?: StopCause };

/** Minutes; left out: no limit. */
export interface LimitSettings {
  idleMinutes?: number;
  dailyMinutes?: number;
}

/** What the limits work with. Callbacks must not throw. */
export interface StreamLimitsParts {
  settings: LimitSettings;
  /** Where what is used of a day outlives a deploy. */
  store: { load(): DayUse | undefined; save(use: DayUse): void };
  stop(cause: StopCause): void;
  /** Goes on as it was last started. */
  resume(message: unknown): void;
  clock?: Clock;
}

/** The server works for the stream, and bills where it bills. */
const CONNECTED = new Set<SessionPhase>(['warming_up', 'live', 'uploading', 'processing']);
/** There is something to take. */
const DELIVERING = new Set<SessionPhase>(['live', 'processing']);

export class StreamLimits {
  readonly #parts: StreamLimitsParts;
  readonly #idle: IdleWatch;
  readonly #budget: DailyBudget;
  #lastStart: unknown;
  #paused = false;

  constructor(parts: StreamLimitsParts) {
    this.#parts = parts;
    const { clock = systemClock, settings, store } = parts;
    this.#idle = new IdleWatch({ clock, limitMs: inMs(settings.idleMinutes), onIdle: () => parts.stop('idle') });
    this.#budget = new DailyBudget({
      ...{ clock, limitMs: inMs(settings.dailyMinutes) },
      load: () => store.load(),
      save: (use) => store.save(use),
      onSpent: () => this.#pause(),
      onNewDay: () => this.#goOn(),
    });
  }

  /** Somebody wants to start; false: nothing is left of today, and it starts at midnight. */
  mayStart(message: unknown): boolean {
    this.#lastStart = message;
    this.#forget();
    if (!this.#budget.isSpent) return true;
    this.#pause();
    return false;
  }

  /** Starts, if anything is left of today. */
  async begin(message: unknown, start: () => Promise<void>): Promise<void> {
    if (this.mayStart(message)) await start();
  }

  /** Somebody has stopped it: it does not go on by itself. */
  stopped(): void {
    this.#forget();
  }

  phase({ phase }: PhaseEvent): void {
    this.#idle.running(DELIVERING.has(phase));
    if (RESTING.has(phase)) this.#idle.taken();
    this.#budget.connected(CONNECTED.has(phase));
  }

  /** A flow has taken something of the stream. */
  taken(): void {
    this.#idle.taken();
  }

  close(): void {
    this.#idle.running(false);
    this.#budget.close();
  }

  #pause(): void {
    this.#paused = true;
    this.#budget.awaitNewDay();
    this.#parts.stop('daily-limit');
  }

  #goOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#parts.resume(this.#lastStart);
  }

  #forget(): void {
    this.#paused = false;
    this.#budget.forgetNewDay();
  }
}

/** For people, in the answer and in the state message. */
export function stopReason(cause: StopCause, { idleMinutes, dailyMinutes }: LimitSettings): string {
  if (cause === 'idle') return `No flow took anything of the stream for ${idleMinutes ?? 0} minutes.`;
  return `The ${dailyMinutes ?? 0} minutes of today are used up; the stream starts again at midnight.`;
}

function inMs(minutes: number | undefined): number | null {
  return minutes === undefined ? null : minutes * 60_000;
}
