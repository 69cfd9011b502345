/** What a stream answers to actions that do not fit its state. */
import { SessionError } from '../../src/index';

/** A frame came while no session runs. */
export function notRunning(what: string): SessionError {
  const message = `The stream ${what}: the frame was not taken. msg.action = "start" starts it.`;
  return new SessionError('SESSION_CLOSED', message);
}

/** `cancel` on live video. */
export function notAnUpload(): SessionError {
  const message = 'Only the upload of a file can be cancelled: use msg.action = "stop" for live video.';
  return new SessionError('INVALID_OPTION', message, { details: { field: 'action' } });
}

/** `reconfigure` while no session runs. */
export function noOutputsToChange(): SessionError {
  const message = 'The stream does not run, so its outputs cannot be changed: send msg.action = "start" first.';
  return new SessionError('INVALID_OPTION', message, { details: { field: 'action' } });
}
