/**
 * A message with a picture in, a frame for the session out: JPEG and PNG by their first bytes, raw pixels by the
 * properties that `on-frame` writes (`width`, `height`, `format` or `channels`). Refuses everything else by name. The
 * bytes stay the message's own; the session copies them.
 */
import type { NodeMessage } from 'node-red';
import { encodedFormat, isRecord, MANUAL_FORMATS, SessionError } from '../../src/index';
import type { ManualFormat, ManualFrame } from '../../src/index';
import { present } from './present';

const RAW = ['bgr24', 'rgb24', 'rgba', 'gray8'] as const;
/** What raw pixels are when only their channels are known; three are BGR, as in OpenCV and the Python class. */
const BY_CHANNELS: readonly (readonly [channels: number, format: ManualFormat])[] = [
  [1, 'gray8'],
  [3, 'bgr24'],
  [4, 'rgba'],
];

/** Throws INVALID_OPTION. */
export function frameOf(message: NodeMessage): ManualFrame {
  const { payload } = message;
  if (!(payload instanceof Uint8Array)) throw invalid('is no Buffer');
  const capturedAtMs = captureTime(message);
  return { data: payload, ...shapeOf(message, payload), ...present('capturedAtMs', capturedAtMs) };
}

/** Raw only where size and length agree: `on-frame` leaves its properties on a message whose payload was encoded since. */
function shapeOf(message: NodeMessage, data: Uint8Array): Pick<ManualFrame, 'format' | 'width' | 'height'> {
  const { width, height, format, channels } = message;
  if (typeof width === 'number' && typeof height === 'number') {
    const raw = rawFormat(format, channels ?? data.byteLength / (width * height));
    const bytes = raw === undefined ? null : MANUAL_FORMATS[raw];
    if (raw !== undefined && bytes !== null && data.byteLength === width * height * bytes) {
      return { format: raw, width, height };
    }
  }
  const encoded = encodedFormat(data);
  if (encoded !== undefined) return { format: encoded };
  throw invalid(
    `of ${data.byteLength} bytes is neither JPEG nor PNG, nor raw pixels that fit msg.width, msg.height and ` +
      'msg.format or msg.channels',
  );
}

function rawFormat(format: unknown, channels: unknown): ManualFormat | undefined {
  const named = RAW.find((name) => name === format);
  return named ?? BY_CHANNELS.find(([count]) => count === channels)?.[1];
}

/** `capturedAt` in epoch milliseconds, on the message or in the timing of a frame that comes back. */
function captureTime({ capturedAt, timing }: NodeMessage & { capturedAt?: unknown; timing?: unknown }) {
  const told = capturedAt ?? (isRecord(timing) ? timing['capturedAt'] : undefined);
  return typeof told === 'number' && Number.isFinite(told) ? told : undefined;
}

function invalid(what: string): SessionError {
  const message = `msg.payload ${what}: send a JPEG, a PNG, or raw pixels with their size.`;
  return new SessionError('INVALID_OPTION', message, { details: { field: 'payload' } });
}
