/**
 * The header before each packet of a NUT stream (nut.txt, "frame"): a code that stands for most fields, and those that
 * it leaves open. Bytes in, a record out.
 */
import type { ByteCursor } from './byte-cursor';
import { FRAME_FLAG } from './nut-frame-flag';
import { nutFault } from './nut-headers';
import type { FrameCode } from './nut-headers';

/** Every field at its longest takes less, unless there are dozens of reserved ones. */
const MAX_FRAME_HEADER_BYTES = 256;
const CHECKSUM_BYTES = 4;

/** What precedes a packet's bytes. */
export interface FrameHeader {
  flags: number;
  streamIndex: number;
  /** The timestamp as it stands there, or null: `ptsDelta` after the stream's last one. */
  codedPts: number | null;
  ptsDelta: number;
  sizeBytes: number;
  elisionIndex: number;
}

/** Reads the header whose frame code stood just before `cursor`. Undefined: it is not all there. */
export function parseFrameHeader(cursor: ByteCursor, code: FrameCode): FrameHeader | undefined {
  const start = cursor.offset;
  const frame = readFields(cursor, code);
  if (cursor.isExhausted() && cursor.bytes.length - start < MAX_FRAME_HEADER_BYTES) return undefined;
  if (cursor.isExhausted() || cursor.malformed) throw nutFault('a frame header has no end');
  if (frame.flags & FRAME_FLAG.invalid) throw nutFault('a frame code is invalid');
  if (frame.flags & FRAME_FLAG.sideData) throw nutFault('a packet has side data');
  return frame;
}

function readFields(cursor: ByteCursor, code: FrameCode): FrameHeader {
  let flags = code.flags;
  if (flags & FRAME_FLAG.coded) flags ^= cursor.varint();
  const streamIndex = flags & FRAME_FLAG.streamId ? cursor.varint() : code.streamIndex;
  const codedPts = flags & FRAME_FLAG.codedPts ? cursor.varint() : null;
  const sizeHigh = flags & FRAME_FLAG.sizeHigh ? cursor.varint() : 0;
  if (flags & FRAME_FLAG.matchTime) cursor.varint();
  const elisionIndex = flags & FRAME_FLAG.elisionIndex ? cursor.varint() : code.elisionIndex;
  const reservedCount = flags & FRAME_FLAG.reserved ? cursor.varint() : code.reservedCount;
  for (let field = 0; field < reservedCount && !cursor.isExhausted(); field += 1) cursor.varint();
  if (flags & FRAME_FLAG.checksum) cursor.skip(CHECKSUM_BYTES);
  const sizeBytes = sizeHigh * code.sizeMultiplier + code.sizeLow;
  return { flags, streamIndex, codedPts, ptsDelta: code.ptsDelta, sizeBytes, elisionIndex };
}

/** nut.txt, "coded_pts": small values are the low bits of a time near the last one, large ones are the time itself. */
export function fullPts(frame: FrameHeader, stream: { lastPts: number; ptsLowBits: number }): number {
  const range = 2 ** stream.ptsLowBits;
  let pts: number;
  if (frame.codedPts === null) pts = stream.lastPts + frame.ptsDelta;
  else if (frame.codedPts >= range) pts = frame.codedPts - range;
  else {
    const lowest = stream.lastPts - Math.floor((range - 1) / 2);
    const ahead = (frame.codedPts - lowest) % range;
    pts = lowest + (ahead < 0 ? ahead + range : ahead);
  }
  if (!Number.isSafeInteger(pts)) throw nutFault('a timestamp beyond 53 bits');
  return pts;
}
