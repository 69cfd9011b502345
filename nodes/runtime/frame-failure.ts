/**
 * A workflow that fails on a frame does not end the session, and without this nobody would hear of it: the failure of
 * one frame as an error for Catch nodes. An output that was asked for and is missing is told from other failures.
 */
import { SessionError } from '../../src/index';
import type { DataEvent } from '../../src/index';

/** Longest text of the server that is repeated. */
const MAX_TEXT_LENGTH = 300;

/** `undefined` when the frame went well. `asked`: the data outputs of the session, `*` for all. */
export function frameFailure(event: DataEvent, asked: readonly string[]): SessionError | undefined {
  const { outputs, metadata } = event;
  const [first] = metadata.errors;
  if (first === undefined) return undefined;
  const reason = first.slice(0, MAX_TEXT_LENGTH);
  const details = { frameId: metadata.frame_id, errors: metadata.errors.length };
  const missing = asked.filter((field) => field !== '*' && !(outputs !== null && Object.hasOwn(outputs, field)));
  if (missing.length === 0) {
    return new SessionError('WORKFLOW_FAILED', `The workflow failed on a frame: ${reason}`, { details });
  }
  const names = missing.map((field) => `"${field}"`).join(', ');
  const message = `The workflow gave no output ${names}: check the names in the on-data nodes. The server says: ${reason}`;
  return new SessionError('OUTPUT_UNKNOWN', message, { details: { ...details, missing } });
}
