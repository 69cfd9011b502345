/**
 * A failure of the library in the shape that Node-RED's Catch node reads: own properties `code` and `cause`, and a
 * text without the class name in front. Nothing of the original cause goes along: it may hold secrets.
 */
import { SessionError } from '../../src/index';
import type { SessionErrorCode, SessionErrorData } from '../../src/index';

/** What a Catch node finds in `msg.error.cause`: JSON only. */
export interface CatchCause {
  retry: boolean;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
}

/** What `done(err)` and `node.error(err, msg)` are given. */
export class CatchError extends Error {
  override readonly name = 'SessionError';
  /** Stable; flows branch on it (`msg.error.code`). */
  readonly code: SessionErrorCode;

  constructor(data: SessionErrorData) {
    const { code, message, retry, retryAfterMs, details } = data;
    const cause: CatchCause = {
      retry,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(details === undefined ? {} : { details }),
    };
    super(message, { cause });
    this.code = code;
  }

  /** Node-RED shows `String(error)` as `msg.error.message`. */
  override toString(): string {
    return this.message;
  }
}

/** Any thrown value for a Catch node; a stranger gets the code `INTERNAL`. */
export function toCatchError(thrown: unknown): CatchError {
  return thrown instanceof CatchError ? thrown : new CatchError(SessionError.from(thrown).toData());
}
