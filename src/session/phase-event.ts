/** A state of the session as the event that tells it. */
import type { PhaseEvent, SessionPhase } from './events';
import type { SessionState } from './state';

/** `at`: epoch milliseconds. */
export function phaseEvent(state: SessionState, previous: SessionPhase, at: number): PhaseEvent {
  const { phase, percent, failedAttempts, retryInMs, error, fps } = state;
  return { kind: 'phase', phase, previous, at, percent, attempt: failedAttempts, retryInMs, error, fps };
}
