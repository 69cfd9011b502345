/** A message of the server in; refuses what the threads and nodes behind could not hold or copy. Pure. */
import type { ServerMessage } from '../channel/message';
import { SessionError } from '../errors';
import { isNestedDeeper, weightOf } from './weight';

const MAX_OUTPUT_BYTES = 64 * 1_024 * 1_024;
/** Copies between threads and between nodes go down level by level, on the stack. */
const MAX_OUTPUT_LEVELS = 200;

/** Throws MESSAGE_MALFORMED for JSON that would fill the thread's heap, many times its length, or its stack. */
export function refuseHeavy({ outputs, metadata }: ServerMessage): void {
  const tooHeavy = weightOf(outputs, MAX_OUTPUT_BYTES) > MAX_OUTPUT_BYTES;
  if (!tooHeavy && !isNestedDeeper(outputs, MAX_OUTPUT_LEVELS)) return;
  const limit = tooHeavy
    ? `take more than ${MAX_OUTPUT_BYTES} bytes`
    : `are nested more than ${MAX_OUTPUT_LEVELS} deep`;
  const what = `its outputs ${limit}`;
  const message = `The message of frame ${metadata.frame_id} was dropped: ${what}. Ask the workflow for fewer outputs.`;
  throw new SessionError('MESSAGE_MALFORMED', message, { details: { frameId: metadata.frame_id, reason: what } });
}
