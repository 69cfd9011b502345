/** What a handler of the user threw, as the warning that tells it. */
import { SessionError } from '../errors';

/** HANDLER_FAILED. */
export function handlerFailure(thrown: unknown): SessionError {
  return new SessionError('HANDLER_FAILED', `A handler threw: ${reasonOf(thrown)}`, { cause: thrown });
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  // Not `String(thrown)`: it throws on objects without a prototype.
  return typeof thrown === 'string' ? thrown : `no Error, but a value of type ${typeof thrown}`;
}
