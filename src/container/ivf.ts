/**
 * Headers of an IVF stream with 90 kHz timestamps, for FFmpeg's stdin (`-f ivf`). FFmpeg's demuxer takes more codecs
 * than IVF was made for: H.264 in Annex B, JPEG, and planar raw pictures, all [measured with FFmpeg 5.1].
 */
import { VIDEO_CLOCK_HZ } from '../media/video';

/** `I420`: raw yuv420p, planes without padding. */
export type IvfFourcc = 'VP80' | 'H264' | 'MJPG' | 'I420';

const FILE_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/** What an IVF stream begins with. Width and height in pixels, at most 65,535 each. `clockHz`: ticks, default 90 kHz. */
export function ivfHeader(options: { fourcc: IvfFourcc; width: number; height: number; clockHz?: number }): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.write('DKIF', 0, 'latin1');
  header.writeUInt16LE(FILE_HEADER_BYTES, 6);
  header.write(options.fourcc, 8, 'latin1');
  header.writeUInt16LE(options.width, 12);
  header.writeUInt16LE(options.height, 14);
  header.writeUInt32LE(options.clockHz ?? VIDEO_CLOCK_HZ, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** What goes before each frame; the frame's own bytes follow unchanged. A negative time is written as such. */
export function ivfFrameHeader(sizeBytes: number, ticks: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32LE(sizeBytes, 0);
  header.writeBigInt64LE(BigInt(ticks), 4);
  return header;
}
