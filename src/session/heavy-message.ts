/** Refuses JSON that takes many times its length in memory: some of it would fill the heap of a session's thread. */
import type { ServerMessage } from '../channel/message';
import { SessionError } from '../errors';
import { weightOf } from './weight';

const MAX_OUTPUT_BYTES = 64 * 1_024 * 1_024;

/** Throws MESSAGE_MALFORMED. */
export function refuseHeavy({ outputs, metadata }: ServerMessage): void {
  if (weightOf(outputs, MAX_OUTPUT_BYTES) <= MAX_OUTPUT_BYTES) return;
  const what = `its outputs take more than ${MAX_OUTPUT_BYTES} bytes`;
  const message = `The message of frame ${metadata.frame_id} was dropped: ${what}. Ask the workflow for fewer outputs.`;
  throw new SessionError('MESSAGE_MALFORMED', message, { details: { frameId: metadata.frame_id, reason: what } });
}
