/** Waits for the end of a session, for so long at most. */
import { SessionError } from '../errors';
import type { EndEvent } from '../session/events';

/** Rejects with WAIT_TIMEOUT after `timeoutMs`; undefined = waits as long as it takes. */
export async function endWithin(ended: Promise<EndEvent>, timeoutMs: number | undefined): Promise<EndEvent> {
  if (timeoutMs === undefined) return ended;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new SessionError('WAIT_TIMEOUT', `The session has not ended within ${timeoutMs / 1_000} s; it goes on.`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([ended, limit]);
  } finally {
    clearTimeout(timer);
  }
}
