/** When a session is to be replaced by a fresh one. Pure: options and times in, a moment or a verdict out. */
import { SessionError } from '../errors';
import type { SessionOptions } from './options';

/** Why a fresh session takes over. */
export type RolloverReason = 'time-limit' | 'time-of-day';

/** What the plan depends on. */
export interface LinkAge {
  /** Monotonic milliseconds since the server was asked for the present session. */
  ageMs: number;
  /** Epoch milliseconds at that moment, and now. */
  bornAt: number;
  now: number;
}

/** What servers do when they are told nothing (protocol.md A.1). */
const DEFAULT_LIFETIME_S = 3_600;
/** A fresh session may have to load its model first (protocol.md H). */
const MAX_LEAD_MS = 180_000;
const LEAD_SHARE = 0.25;

/** Whether the present session is to be replaced now, and why. */
export function rolloverDue(options: SessionOptions, age: LinkAge): RolloverReason | null {
  const { mode = 'automatic', at, leadMs } = options.rollover ?? {};
  if (mode === 'off' || options.source.kind === 'upload') return null;
  if (mode === 'daily' && age.now >= nextTimeOfDay(age.bornAt, parseTimeOfDay(at ?? ''))) return 'time-of-day';
  const limitMs = lifetimeMs(options);
  if (limitMs === null) return null;
  const lead = Math.min(leadMs ?? Math.min(MAX_LEAD_MS, limitMs * LEAD_SHARE), limitMs / 2);
  return age.ageMs >= limitMs - lead ? 'time-limit' : null;
}

const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** Whether `parseTimeOfDay` can read it. */
export function isTimeOfDay(text: string): boolean {
  return TIME_OF_DAY.test(text.trim());
}

/** Hours and minutes of `HH:MM`. Throws INVALID_OPTION. */
export function parseTimeOfDay(text: string): { hours: number; minutes: number } {
  const [, hours, minutes] = TIME_OF_DAY.exec(text.trim()) ?? [];
  if (hours === undefined || minutes === undefined) {
    const message = `"${text}" is not a time of day: enter hours and minutes, such as 03:30.`;
    throw new SessionError('INVALID_OPTION', message, { details: { field: 'rollover.at' } });
  }
  return { hours: Number(hours), minutes: Number(minutes) };
}

/** The first moment after `after` (epoch milliseconds) at which local clocks show this time. */
export function nextTimeOfDay(after: number, { hours, minutes }: { hours: number; minutes: number }): number {
  const moment = new Date(after);
  moment.setHours(hours, minutes, 0, 0);
  if (moment.getTime() <= after) moment.setDate(moment.getDate() + 1);
  return moment.getTime();
}

function lifetimeMs({ processingTimeoutS }: SessionOptions): number | null {
  if (processingTimeoutS === null) return null;
  return (processingTimeoutS ?? DEFAULT_LIFETIME_S) * 1_000;
}
