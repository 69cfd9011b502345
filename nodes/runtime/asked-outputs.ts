/** Outputs that a message asks for (`msg.action = "reconfigure"`): payload in, the change for the session out. */
import { isRecord, SessionError } from '../../src/index';
import type { OutputChange } from '../../src/index';
import type { WantedOutputs } from './wanted-outputs';

/** Names as the server writes them: `stream_output`, `data_output`; one name or a list. Throws INVALID_OPTION. */
export function parseOutputChange(payload: unknown): OutputChange {
  const fields = isRecord(payload) ? payload : {};
  const stray = Object.keys(fields).find((field) => field !== 'stream_output' && field !== 'data_output');
  if (stray !== undefined) throw invalid(`holds "${stray.slice(0, 40)}"`);
  const streamOutput = names(fields, 'stream_output');
  const dataOutput = names(fields, 'data_output');
  if (streamOutput === undefined && dataOutput === undefined) throw invalid('names no outputs');
  return {
    ...(streamOutput === undefined ? {} : { streamOutput }),
    ...(dataOutput === undefined ? {} : { dataOutput }),
  };
}

/** What is asked of the server: the wires' needs, but for what a message has asked for since the start. */
export function askedOutputs(wanted: WantedOutputs, { streamOutput, dataOutput }: OutputChange): WantedOutputs {
  const hasVideo = wanted.streamOutput === null || wanted.streamOutput.length > 0;
  return {
    ...wanted,
    ...(streamOutput === undefined || !hasVideo ? {} : { streamOutput }),
    ...(dataOutput === undefined ? {} : { dataOutput }),
  };
}

function names(fields: Record<string, unknown>, field: string): string[] | undefined {
  const value = fields[field];
  if (value === undefined || value === null) return undefined;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((name) => {
    if (typeof name === 'string' && name.trim() !== '') return name.trim();
    throw invalid(`has a "${field}" that is not made of names`);
  });
}

function invalid(what: string): SessionError {
  const message = `msg.payload ${what}: use { "data_output": ["predictions"] }, { "stream_output": "image" }, or both.`;
  return new SessionError('INVALID_OPTION', message, { details: { field: 'payload' } });
}
