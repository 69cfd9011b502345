/** A state of the session as the event that tells it. */
import type { PhaseEvent, SessionFacts, SessionPhase } from './events';
import { NO_SESSION_FACTS } from './session-facts';
import type { SessionState } from './state';

/** `at`: epoch milliseconds. */
export function phaseEvent(
  state: SessionState,
  { previous, at, session }: { previous: SessionPhase; at: number; session: SessionFacts },
): PhaseEvent {
  const { phase, percent, remainingMs, failedAttempts: attempt, retryInMs, error, fps } = state;
  return { kind: 'phase', phase, previous, at, percent, remainingMs, attempt, retryInMs, error, fps, session };
}

/** Before anything has happened. */
export const NOT_STARTED: PhaseEvent = {
  kind: 'phase',
  phase: 'not_started',
  previous: 'not_started',
  at: 0,
  percent: null,
  remainingMs: null,
  attempt: 0,
  retryInMs: null,
  error: null,
  fps: null,
  session: NO_SESSION_FACTS,
};
