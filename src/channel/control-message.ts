/**
 * Control messages, client to server (protocol.md D.2): written on our side, read by the demo server. Refuses
 * acknowledgements that are not positive whole numbers and name lists that are not lists of strings.
 */
import { SessionError } from '../errors';
import { isRecord } from '../json';

/** What one control message changes; what is left out stays as it is. */
export interface ControlChange {
  /** Every frame up to this id is done. */
  ack?: number;
  streamOutput?: string[];
  dataOutput?: string[];
}

const MAX_CONTROL_CHARACTERS = 256 * 1024;

/** The text to send. Throws INVALID_OPTION for an acknowledgement below 1. */
export function controlMessage(change: ControlChange): string {
  if (change.ack !== undefined && !(Number.isSafeInteger(change.ack) && change.ack > 0)) {
    throw new SessionError('INVALID_OPTION', `Frame ${change.ack} cannot be acknowledged: ids start at 1.`);
  }
  return JSON.stringify({ ack: change.ack, stream_output: change.streamOutput, data_output: change.dataOutput });
}

/** The server's side of `controlMessage`; null and missing mean unchanged. Throws MESSAGE_MALFORMED. */
export function parseControlMessage(message: Buffer | string): ControlChange {
  if (message.length > MAX_CONTROL_CHARACTERS) throw malformed(`it has ${message.length} characters`);
  const json = parseObject(message.toString());
  const ack = json['ack'] ?? undefined;
  if (ack !== undefined && !isFrameId(ack)) throw malformed('ack must be a whole number above 0');
  const streamOutput = names(json['stream_output'], 'stream_output');
  const dataOutput = names(json['data_output'], 'data_output');
  return {
    ...(ack === undefined ? {} : { ack }),
    ...(streamOutput === undefined ? {} : { streamOutput }),
    ...(dataOutput === undefined ? {} : { dataOutput }),
  };
}

function parseObject(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
  if (!isRecord(json)) throw malformed('it is not an object');
  return json;
}

function names(value: unknown, field: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    throw malformed(`${field} must be a list of names`);
  }
  return value;
}

function isFrameId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function malformed(what: string, cause?: unknown): SessionError {
  return new SessionError('MESSAGE_MALFORMED', `A control message was ignored: ${what}.`, {
    cause,
    details: { reason: what },
  });
}
