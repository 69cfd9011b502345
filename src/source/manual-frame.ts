/**
 * One picture that a program hands in: a JPEG, a PNG or raw pixels in, its size out. Refuses what cannot be such a
 * picture before it is copied or sent anywhere.
 */
import { jpegSize } from '../decode/jpeg-size';
import { SessionError } from '../errors';

/** See the file header. */
export interface ManualFrame {
  /** The encoded picture, or rows of pixels from the top, one after the other without padding. */
  data: Uint8Array;
  format: ManualFormat;
  /** In pixels; raw pictures need both, the others know it themselves. */
  width?: number;
  height?: number;
  /** When it was taken, epoch milliseconds; default: when it is handed in. Comes back in `timing.capturedAt`. */
  capturedAtMs?: number;
}

/** File formats, and bytes a pixel of the raw ones. */
export const MANUAL_FORMATS = { jpeg: null, png: null, bgr24: 3, rgb24: 3, rgba: 4, gray8: 1 } as const;
export type ManualFormat = keyof typeof MANUAL_FORMATS;

/** VP8 and its encoder do more; a server would not. */
const SIDE = { min: 16, max: 4096 };
/** Of an encoded picture. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
const PNG_SIGNATURE = '89504e470d0a1a0a';

/** Throws INVALID_OPTION. */
export function manualFrameSize(frame: ManualFrame): { width: number; height: number } {
  const { capturedAtMs, format } = frame;
  if (capturedAtMs !== undefined && !Number.isFinite(capturedAtMs)) throw invalid('has a capture time that is no time');
  const bytesPerPixel = MANUAL_FORMATS[format];
  const size = bytesPerPixel === null ? fileSize(frame) : rawSize(frame, bytesPerPixel);
  const fits = [size.width, size.height].every((side) => side >= SIDE.min && side <= SIDE.max);
  if (fits) return size;
  throw invalid(`has ${size.width} x ${size.height} pixels: use ${SIDE.min} to ${SIDE.max} on each side`);
}

/** What kind of file it is, by its first bytes. */
export function encodedFormat(data: Uint8Array): 'jpeg' | 'png' | undefined {
  const head = Buffer.from(data.subarray(0, 8)).toString('hex');
  if (head.startsWith('ffd8ff')) return 'jpeg';
  return head === PNG_SIGNATURE ? 'png' : undefined;
}

function fileSize({ format, data }: ManualFrame): { width: number; height: number } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length > MAX_FILE_BYTES) throw invalid(`has ${bytes.length} bytes: at most ${MAX_FILE_BYTES} are taken`);
  const size = format === 'jpeg' ? jpegSize(bytes) : pngSize(bytes);
  if (size !== undefined) return size;
  throw invalid(`is not a readable ${format.toUpperCase()}: it is empty, cut off, or something else`);
}

function rawSize({ format, data, width, height }: ManualFrame, bytesPerPixel: number): ReturnType<typeof fileSize> {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width === undefined || height === undefined) {
    throw invalid('is raw: give its width and height in whole pixels');
  }
  const expected = width * height * bytesPerPixel;
  if (data.byteLength === expected) return { width, height };
  throw invalid(`has ${data.byteLength} bytes, but ${width} x ${height} pixels of ${format} take ${expected}`);
}

/** The header chunk comes first and begins with the size. */
function pngSize(data: Buffer): { width: number; height: number } | undefined {
  if (encodedFormat(data) !== 'png' || data.length < 24 || data.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}

function invalid(what: string): SessionError {
  return new SessionError('INVALID_OPTION', `The frame ${what}.`, { details: { field: 'frame' } });
}
