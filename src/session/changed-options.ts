/** A change while a session runs: the options of its next links, and what the present one asks of the server. Pure. */
import { requestedData } from './initialise';
import type { SessionChange, SessionOptions } from './options';
import { givenOutputs } from './output-change';
import type { OutputChange } from './output-change';

/** `asked`: undefined where the server need not know. Throws INVALID_OPTION. */
export function changedOptions(
  options: SessionOptions,
  change: SessionChange,
): { options: SessionOptions; asked: OutputChange | undefined } {
  const asked = givenOutputs(change);
  if (Object.keys(asked).length === 0) return { options, asked: undefined };
  const changed = { ...options, ...asked };
  if (asked.dataOutput !== undefined) asked.dataOutput = requestedData(changed);
  return { options: changed, asked };
}
