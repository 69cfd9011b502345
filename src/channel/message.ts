/** One message of the server's `inference` channel (protocol.md D.1): `parseServerMessage` turns JSON into it. */
import { SessionError } from '../errors';

/** The server's own metadata of a frame (protocol.md D.1), names as the server writes them. */
export interface FrameMetadata {
  frame_id: number;
  /** Server-local time without a zone. */
  received_at: string | null;
  pts: number | null;
  time_base: number | null;
  declared_fps: number | null;
  /** Measured here when the server leaves it null. */
  measured_fps: number | null;
  width: number | null;
  height: number | null;
  errors: string[];
}

/** One result of the workflow, or the end of processing. */
export interface ServerMessage {
  /** Null when only metadata was asked for, and in the completion message. */
  outputs: Record<string, unknown> | null;
  metadata: FrameMetadata;
  /** True in the last message: no frame belongs to it. */
  processingComplete: boolean;
  /** Completion only: null at the normal end, `timeout_reached` at the time limit. */
  terminationReason: string | null;
}

type JsonObject = Record<string, unknown>;

/**
 * Reads the JSON of one message. Missing optional fields become null; `headerFrameId` (of the chunk header) stands in
 * for a missing frame id. Throws MESSAGE_MALFORMED when a present field has a type that the protocol does not know.
 */
export function parseServerMessage(json: unknown, headerFrameId: number | null = null): ServerMessage {
  const message = object(json, 'the message');
  if (message === null) throw malformed('the message is null');
  const processingComplete = (message['processing_complete'] ?? false) === true;
  const recognised = ['serialized_output_data', 'video_metadata', 'processing_complete', 'errors'];
  if (!recognised.some((field) => field in message)) throw malformed('it has none of the fields of a result');
  return {
    outputs: object(message['serialized_output_data'], 'serialized_output_data'),
    metadata: parseMetadata(message, processingComplete, headerFrameId),
    processingComplete,
    terminationReason: optional(message['termination_reason'], 'string', 'termination_reason'),
  };
}

/** Converts the server's `pts` to 90 kHz ticks; null when it or its time base is unknown or absurd. */
export function pts90k(metadata: Pick<FrameMetadata, 'pts' | 'time_base'>): number | null {
  if (metadata.pts === null || metadata.time_base === null) return null;
  const ticks = Math.round(metadata.pts * metadata.time_base * 90_000);
  return Number.isSafeInteger(ticks) ? ticks : null;
}

function parseMetadata(message: JsonObject, complete: boolean, headerFrameId: number | null): FrameMetadata {
  const metadata = object(message['video_metadata'], 'video_metadata') ?? {};
  const frameId = optional(metadata['frame_id'], 'number', 'frame_id') ?? headerFrameId ?? (complete ? 0 : null);
  if (frameId === null) throw malformed('it has no frame_id');
  if (!Number.isSafeInteger(frameId) || frameId < 0) throw malformed('frame_id is not a whole number');
  const number = (field: string) => optional(metadata[field], 'number', field);
  return {
    frame_id: frameId,
    received_at: optional(metadata['received_at'], 'string', 'received_at'),
    pts: number('pts'),
    time_base: timeBase(metadata['time_base']),
    declared_fps: number('declared_fps'),
    measured_fps: number('measured_fps'),
    width: number('width'),
    height: number('height'),
    errors: errorList(message['errors']),
  };
}

interface Types {
  string: string;
  number: number;
}

function optional<Type extends keyof Types>(value: unknown, type: Type, field: string): Types[Type] | null {
  if (value === undefined || value === null) return null;
  // JSON writes 1e999, and JavaScript reads infinity.
  if (value === Infinity || value === -Infinity) throw malformed(`${field} is beyond all numbers`);
  // The typeof check is the proof; TypeScript cannot tie it to the type parameter.
  if (typeof value === type) return value as Types[Type];
  throw malformed(`${field} is not a ${type}`);
}

function object(value: unknown, field: string): JsonObject | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed(`${field} is not an object`);
  return value as JsonObject;
}

/** Servers write seconds a tick as a number; others write a fraction, as text or as a pair. */
function timeBase(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const parts = Array.isArray(value) ? (value as unknown[]) : typeof value === 'string' ? value.split('/') : [value];
  const [numerator, denominator = 1] = parts.slice(0, 2).map(partOfFraction);
  const seconds = (numerator ?? NaN) / denominator;
  if (parts.length > 2 || !Number.isFinite(seconds) || seconds <= 0) throw malformed('time_base is not a fraction');
  return seconds;
}

function partOfFraction(part: unknown): number {
  if (typeof part === 'string' && part !== '') return Number(part);
  return typeof part === 'number' ? part : NaN;
}

function errorList(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  return entries.map((entry) => (typeof entry === 'string' ? entry : asText(entry)));
}

function asText(entry: unknown): string {
  try {
    return JSON.stringify(entry);
  } catch {
    // JSON can be read more deeply nested than written.
    throw malformed('an entry of errors is nested too deeply');
  }
}

function malformed(what: string): SessionError {
  return new SessionError(
    'MESSAGE_MALFORMED',
    `A message on the data channel was dropped: ${what}. The session goes on; if it repeats, check the server's version.`,
    { details: { reason: what } },
  );
}
