/** The error for whoever still uses a session that is closed. */
import { SessionError } from '../errors';

/** New with each call. */
export function sessionClosed(): SessionError {
  return new SessionError('SESSION_CLOSED', 'This session is closed: make a new one.');
}
