/** The end of waiting for what cannot be aborted. */
import { SessionError } from '../errors';

/** Rejects when the signal is aborted: undici gives up no request whose proxy never answers its CONNECT. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(SessionError.from(signal.reason));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
