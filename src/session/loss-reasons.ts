/** What a session says when it ends, or comes back, for a reason of its own. */
import type { SessionErrorData } from '../errors';

export const ENDED_TOO_SOON: SessionErrorData = {
  code: 'SOURCE_UNSUPPORTED',
  message: 'The source ended before the connection was up: choose a longer file, or let it loop.',
  retry: false,
};

/** Of a server that says that it is done although the source is not. */
export function endedEarly(setup: { upload: boolean; pulled: boolean }, timeLimit: boolean): SessionErrorData {
  if (timeLimit) {
    const message = 'The server ended the session at its time limit: raise "processing timeout" in webrtc-session.';
    return { code: 'SESSION_TIME_LIMIT', message, retry: !setup.upload };
  }
  if (setup.pulled) {
    const message = 'The camera that the server reads stopped delivering: check the camera and its network.';
    return { code: 'SOURCE_STALLED', message, retry: true };
  }
  return { code: 'CONNECTION_LOST', message: 'The server ended the session although the source goes on.', retry: true };
}

/** Whoever looks at the reason must not wonder why nothing happens for minutes. */
export function withRemark(error: SessionErrorData, delayMs: number): SessionErrorData {
  const remark = `It has failed several times in a row: the next try is in ${Math.round(delayMs / 60_000)} minutes.`;
  return { ...error, message: `${error.message} ${remark}` };
}
