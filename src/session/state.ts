/**
 * The life of a session as a pure function: state and event in, state and effects out. The runner (`session-core.ts`)
 * performs the effects; badges, retries and the end of the session derive from the state.
 */
import type { SessionErrorData } from '../errors';
import type { SessionPhase } from './events';
import type { Progress } from './progress-meter';
import { ENDED_TOO_SOON, endedEarly, withRemark } from './loss-reasons';
import { recoveryDecision } from './recovery-policy';

/** What does not change during a session. */
export interface SessionSetup {
  /** A file that is sent once, in contrast to a live source. */
  upload: boolean;
  /** The server opens the camera itself: when it says that the video is at its end, the camera is lost. */
  pulled: boolean;
  /** Pictures come on a video track, which may lag behind the completion message. */
  videoTrack: boolean;
  recovery: { enabled: boolean; baseDelayMs: number; maxDelayMs: number };
}

/** Where a session stands. */
export interface SessionState {
  readonly phase: SessionPhase;
  /** Live sources stay open while the link comes and goes. */
  readonly source: 'closed' | 'opening' | 'open' | 'ended';
  readonly link: 'none' | 'connecting' | 'connected';
  /** Failed tries since the last result. */
  readonly failedAttempts: number;
  /** Results have come before: address and settings are right. */
  readonly hasWorked: boolean;
  readonly retryInMs: number | null;
  readonly percent: number | null;
  readonly remainingMs: number | null;
  readonly error: SessionErrorData | null;
  readonly fps: number | null;
  /** Of the newest session that the server ended itself. */
  readonly terminationReason: string | null;
}

/** What happens to a session. */
export type StateEvent =
  | { kind: 'start' }
  | { kind: 'stop' }
  | { kind: 'source-opened' }
  /** `error` null: the source is at its end. */
  | { kind: 'source-ended'; error: SessionErrorData | null; sleptMs?: number | null }
  | { kind: 'link-connected' }
  /** `sleptMs`: the machine has just woken up, so that it is nobody's failure. */
  | { kind: 'link-lost'; error: SessionErrorData; sleptMs?: number | null }
  /** A data message or a frame came. */
  | { kind: 'result' }
  | ({ kind: 'progress'; phase: 'downloading' | 'uploading' | 'processing' } & Partial<Progress>)
  | { kind: 'fps'; fps: number | null }
  /** The server said `processing_complete`. */
  | { kind: 'completed'; terminationReason: string | null }
  /** After the end of a live source: its last results are in, or do not come. */
  | { kind: 'drained' }
  | { kind: 'retry-due' };

/** What the runner has to do, in this order. */
export type Effect =
  | { kind: 'open-source' }
  | { kind: 'close-source' }
  | { kind: 'connect' }
  | { kind: 'close-link' }
  | { kind: 'schedule-retry'; delayMs: number }
  | { kind: 'drain' }
  | { kind: 'finish'; outcome: 'complete' | 'stopped' | 'failed'; terminationReason: string | null };

/** A transition. */
export interface Transition {
  state: SessionState;
  effects: Effect[];
}

const NO_PROGRESS: Progress = { percent: null, remainingMs: null };

/** Before anything has happened. */
export const initialState: SessionState = {
  phase: 'not_started',
  source: 'closed',
  link: 'none',
  failedAttempts: 0,
  hasWorked: false,
  retryInMs: null,
  percent: null,
  remainingMs: null,
  error: null,
  fps: null,
  terminationReason: null,
};

/** Phases from which nothing leads out. */
export function isFinal(phase: SessionPhase): boolean {
  return phase === 'complete' || phase === 'failed' || phase === 'closed';
}

/** Whether a change is worth telling: `fps` moves all the time, its shown value does not. */
export function isVisibleChange(before: SessionState, state: SessionState): boolean {
  return (
    before.phase !== state.phase ||
    before.percent !== state.percent ||
    before.remainingMs !== state.remainingMs ||
    before.failedAttempts !== state.failedAttempts ||
    before.retryInMs !== state.retryInMs ||
    Math.round(before.fps ?? -1) !== Math.round(state.fps ?? -1)
  );
}

/** The next state. `random` (0 to 1) feeds the jitter of retries. Final states ignore every event. */
// eslint-disable-next-line complexity -- one case an event kind, nothing else
export function reduce(setup: SessionSetup, state: SessionState, event: StateEvent & { random?: number }): Transition {
  if (isFinal(state.phase)) return { state, effects: [] };
  switch (event.kind) {
    case 'start':
      return state.phase === 'not_started'
        ? { state: { ...state, phase: 'connecting', source: 'opening' }, effects: [{ kind: 'open-source' }] }
        : { state, effects: [] };
    case 'stop':
      return finish(state, 'closed');
    case 'source-opened':
      return { state: sourceOpened(state), effects: [{ kind: 'connect' }] };
    case 'source-ended':
      return sourceEnded(setup, state, { ...event, random: event.random ?? 0 });
    case 'link-connected':
      return {
        state: {
          ...state,
          ...{ phase: 'warming_up', link: 'connected', retryInMs: null, error: null, terminationReason: null },
        },
        effects: [],
      };
    case 'link-lost':
      return linkLost(setup, state, { ...event, random: event.random ?? 0 });
    case 'result':
      return { state: result(setup, state), effects: [] };
    case 'progress':
      return {
        state: { ...state, phase: event.phase, percent: event.percent ?? null, remainingMs: event.remainingMs ?? null },
        effects: [],
      };
    case 'fps':
      return { state: { ...state, fps: event.fps }, effects: [] };
    case 'completed':
      return completed(setup, state, { terminationReason: event.terminationReason, random: event.random ?? 0 });
    case 'drained':
      return state.source === 'ended' ? finish(state, 'complete') : { state, effects: [] };
    case 'retry-due':
      return retry(state);
  }
}

function sourceOpened(state: SessionState): SessionState {
  const phase = state.phase === 'downloading' ? 'connecting' : state.phase;
  return { ...state, phase, ...NO_PROGRESS, source: 'open', link: 'connecting' };
}

function result(setup: SessionSetup, state: SessionState): SessionState {
  if (setup.upload) return state.failedAttempts === 0 ? state : { ...state, failedAttempts: 0 };
  if (state.phase !== 'warming_up') return state;
  return { ...state, phase: 'live', failedAttempts: 0, hasWorked: true };
}

/** Under which something was lost. */
interface Circumstances {
  random: number;
  sleptMs?: number | null;
}

function sourceEnded(
  setup: SessionSetup,
  state: SessionState,
  cause: { error: SessionErrorData | null } & Circumstances,
): Transition {
  const ended: SessionState = { ...state, source: 'ended' };
  if (cause.error !== null) {
    return recover(setup, { ...state, source: 'closed' }, { ...cause, error: cause.error });
  }
  if (state.link === 'connected') return { state: ended, effects: [{ kind: 'drain' }] };
  // Nothing is left that a new connection could still send; what it waited for is the reason.
  return fail(ended, state.error ?? ENDED_TOO_SOON);
}

function linkLost(
  setup: SessionSetup,
  state: SessionState,
  cause: { error: SessionErrorData } & Circumstances,
): Transition {
  if (state.link === 'none') return { state, effects: [] };
  // The end of a finished source was being drained: what came is all that comes.
  if (state.source === 'ended') return finish(state, 'complete');
  // A file that has begun to travel would be processed twice.
  const resumable = !setup.upload || (state.phase !== 'uploading' && state.phase !== 'processing');
  return recover(setup, state, {
    ...cause,
    error: { ...cause.error, retry: cause.error.retry && resumable },
  });
}

function completed(
  setup: SessionSetup,
  before: SessionState,
  cause: { terminationReason: string | null; random: number },
): Transition {
  const { terminationReason } = cause;
  const state = { ...before, terminationReason };
  const timeLimit = terminationReason === 'timeout_reached';
  if (setup.upload && setup.videoTrack && !timeLimit && state.source !== 'ended') {
    return { state: { ...state, source: 'ended' }, effects: [{ kind: 'drain' }] };
  }
  if (state.source === 'ended' || (setup.upload && !timeLimit)) {
    return finish(state, 'complete', terminationReason);
  }
  return recover(setup, state, { error: endedEarly(setup, timeLimit), random: cause.random });
}

/** At the first start a wrong address; later a proxy's page, or half an answer, while the server restarts. */
const PASSING_ONCE_LIVE: ReadonlySet<string> = new Set(['SERVER_ANSWER_INVALID', 'ROUTE_MISSING']);

function recover(
  setup: SessionSetup,
  state: SessionState,
  cause: { error: SessionErrorData } & Circumstances,
): Transition {
  const isPassing = state.hasWorked && PASSING_ONCE_LIVE.has(cause.error.code);
  const reason = isPassing ? { ...cause.error, retry: true } : cause.error;
  const decision = recoveryDecision({
    error: reason,
    failedAttempts: state.failedAttempts,
    random: cause.random,
    pulled: setup.pulled,
    sleptMs: cause.sleptMs ?? null,
    ...setup.recovery,
  });
  if (decision.kind === 'give-up') return fail(state, reason);
  const error = decision.slow === true ? withRemark(reason, decision.delayMs) : reason;
  const isFailure = typeof cause.sleptMs !== 'number';
  const effects: Effect[] = [{ kind: 'close-link' }];
  if (state.source === 'closed') effects.push({ kind: 'close-source' });
  effects.push({ kind: 'schedule-retry', delayMs: decision.delayMs });
  return {
    state: {
      ...state,
      phase: 'reconnecting',
      link: 'none',
      failedAttempts: state.failedAttempts + (isFailure ? 1 : 0),
      retryInMs: decision.delayMs,
      ...NO_PROGRESS,
      error,
      fps: null,
    },
    effects,
  };
}

function retry(state: SessionState): Transition {
  if (state.phase !== 'reconnecting' || state.link !== 'none') return { state, effects: [] };
  const waiting = { ...state, retryInMs: null };
  switch (state.source) {
    case 'closed':
      return { state: { ...waiting, source: 'opening' }, effects: [{ kind: 'open-source' }] };
    case 'open':
      return { state: { ...waiting, link: 'connecting' }, effects: [{ kind: 'connect' }] };
    case 'opening':
      return { state: waiting, effects: [] };
    case 'ended':
      return finish(state, 'complete');
  }
}

function fail(state: SessionState, error: SessionErrorData): Transition {
  return finish({ ...state, error }, 'failed');
}

const OUTCOMES = { complete: 'complete', failed: 'failed', closed: 'stopped' } as const;

function finish(
  state: SessionState,
  phase: keyof typeof OUTCOMES,
  terminationReason: string | null = null,
): Transition {
  const error = phase === 'failed' ? state.error : null;
  return {
    state: { ...state, phase, link: 'none', source: 'closed', retryInMs: null, ...NO_PROGRESS, fps: null, error },
    effects: [
      { kind: 'close-link' },
      { kind: 'close-source' },
      { kind: 'finish', outcome: OUTCOMES[phase], terminationReason },
    ],
  };
}
