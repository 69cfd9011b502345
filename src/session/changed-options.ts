/** A change while a session runs: the options of its next links, and what the present one asks of the server. Pure. */
import { requestedData } from './initialise';
import type { SessionChange, SessionOptions } from './options';

/** `asked`: undefined where the server need not know. Throws INVALID_OPTION. */
export function changedOptions(
  options: SessionOptions,
  { streamOutput, dataOutput }: SessionChange,
): { options: SessionOptions; asked: Pick<SessionChange, 'streamOutput' | 'dataOutput'> | undefined } {
  if (streamOutput === undefined && dataOutput === undefined) return { options, asked: undefined };
  const streams = streamOutput === undefined ? {} : { streamOutput };
  const changed = { ...options, ...streams, ...(dataOutput === undefined ? {} : { dataOutput }) };
  const data = dataOutput === undefined ? {} : { dataOutput: requestedData(changed) };
  return { options: changed, asked: { ...streams, ...data } };
}
