/**
 * Other outputs for a running session (protocol.md C.2, D.2), judged before they are asked for: the server checks no
 * name, ignores video in a session without any, and answers nothing. Pure.
 */
import { SessionError } from '../errors';
import { knownOutputs, requestedData, wantsVideoTrack } from './initialise';
import { withModelDefaults } from './model-defaults';
import type { SessionChange, SessionOptions } from './options';

/** What is left out stays as it is. `streamOutput`: the first name; `dataOutput`: names, `['*']`, or `[]` for none. */
export type OutputChange = Pick<SessionChange, 'streamOutput' | 'dataOutput'>;

/** The options with the change in them. Throws INVALID_OPTION, or OUTPUT_UNKNOWN listing the outputs there are. */
export function changedOutputs(before: SessionOptions, change: OutputChange): SessionOptions {
  const { streamOutput, dataOutput } = change;
  if (streamOutput === undefined && dataOutput === undefined) return before;
  const options = withModelDefaults(before);
  if (streamOutput !== undefined) checkVideo(options, streamOutput);
  if (dataOutput !== undefined) checkData(dataOutput);
  refuseUnknown(options, [...(streamOutput ?? []), ...(dataOutput ?? [])]);
  const changed = { ...options, ...givenOutputs(change) };
  // Throws where pictures that travel in data messages leave no way to ask for these.
  requestedData(changed);
  return changed;
}

/** Of a change, what it says about outputs. */
export function givenOutputs({ streamOutput, dataOutput }: OutputChange): OutputChange {
  return {
    ...(streamOutput === undefined ? {} : { streamOutput }),
    ...(dataOutput === undefined ? {} : { dataOutput }),
  };
}

function checkVideo(options: SessionOptions, names: string[]): void {
  checkNames(names, 'streamOutput');
  if (!wantsVideoTrack(options)) {
    throw invalid('This session has no video: start it anew with a video output, or change its data outputs only.');
  }
  if (names.every((name) => name === '')) {
    throw invalid('The video of a running session can be changed but not ended: name an output, or start it anew.');
  }
}

function checkData(names: string[]): void {
  checkNames(names, 'dataOutput');
  if (names.length > 1 && names.includes('*')) {
    throw invalid('“*” means every data output and stands alone: leave the other names out.');
  }
}

function checkNames(names: unknown, field: string): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  throw invalid(`${field} must be a list of names.`);
}

function refuseUnknown({ workflow }: SessionOptions, names: string[]): void {
  const known = knownOutputs(workflow) ?? [];
  if (known.length === 0) return;
  const unknown = names.filter((name) => name !== '' && name !== '*' && !known.includes(name));
  if (unknown.length === 0) return;
  const message = `The workflow has no output ${unknown.map((name) => `“${name}”`).join(', ')}. It offers: ${known.join(', ')}.`;
  throw new SessionError('OUTPUT_UNKNOWN', message, { details: { unknown, validOutputs: known } });
}

function invalid(message: string): SessionError {
  return new SessionError('INVALID_OPTION', message);
}
