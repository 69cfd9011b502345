/**
 * The packets of a NUT file that describe it: main header, stream header, syncpoint (nut.txt, "Headers"). Complete
 * packet bodies in, records out; checksums are left unread, because the bytes come through a pipe.
 */
import { SessionError } from '../errors';
import type { ByteCursor } from './byte-cursor';
import { FRAME_FLAG } from './nut-frame-flag';

/** What one of the 256 frame codes stands for. */
export interface FrameCode {
  flags: number;
  streamIndex: number;
  sizeMultiplier: number;
  sizeLow: number;
  ptsDelta: number;
  reservedCount: number;
  elisionIndex: number;
}

export interface TimeBase {
  num: number;
  den: number;
}

/** The main header: what frame headers and stream headers refer to. */
export interface NutMainHeader {
  streamCount: number;
  timeBases: TimeBase[];
  frameCodes: FrameCode[];
  /** Byte strings that packets of one kind begin with and that are left out of them; the first is empty. */
  elisionHeaders: Buffer[];
}

/** A stream header. Width and height are 0 unless the stream is video. */
export interface NutStreamHeader {
  index: number;
  codecTag: string;
  timeBase: TimeBase;
  /** How many low bits a shortened timestamp has. */
  ptsLowBits: number;
  width: number;
  height: number;
  /** A copy, safe to keep. */
  extradata: Buffer;
}

/** The byte that starts every startcode, and so never a frame. */
export const STARTCODE_FIRST_BYTE = 0x4e;

const FRAME_CODES = 256;
const OLDEST_VERSION = 2;
const NEWEST_VERSION = 4;
const VIDEO_CLASS = 0;
const MAX_STREAMS = 64;
const MAX_PTS_LOW_BITS = 30;

/** An error for bytes that FFmpeg's NUT muxer does not write. */
export function nutFault(what: string): SessionError {
  return new SessionError(
    'FFMPEG_FAILED',
    `FFmpeg's NUT output cannot be read: ${what}. Check that the FFmpeg program in use is a regular build, 4.4 or later.`,
  );
}

/** Throws unless everything read from `cursor` since it was made was really there. */
function assertWhole(cursor: ByteCursor, what: string): void {
  if (cursor.isExhausted() || cursor.malformed) throw nutFault(`${what} is cut short`);
}

/** Reads the body of a main header; throws FFMPEG_FAILED. */
export function parseMainHeader(cursor: ByteCursor): NutMainHeader {
  const version = cursor.varint();
  if (version < OLDEST_VERSION || version > NEWEST_VERSION) throw nutFault(`version ${version} is unknown`);
  if (version > 3) cursor.varint(); // minor_version
  const streamCount = cursor.varint();
  if (streamCount > MAX_STREAMS) throw nutFault(`${streamCount} streams, maximum is ${MAX_STREAMS}`);
  cursor.varint(); // max_distance
  const timeBases = parseTimeBases(cursor);
  const frameCodes = parseFrameCodes(cursor);
  const elisionHeaders = [Buffer.alloc(0)];
  const elisionCount = cursor.varint();
  for (let index = 0; index < elisionCount && !cursor.isExhausted(); index += 1) {
    elisionHeaders.push(Buffer.from(cursor.block()));
  }
  assertWhole(cursor, 'the main header');
  return { streamCount, timeBases, frameCodes, elisionHeaders };
}

function parseTimeBases(cursor: ByteCursor): TimeBase[] {
  const timeBases: TimeBase[] = [];
  const count = cursor.varint();
  for (let index = 0; index < count && !cursor.isExhausted(); index += 1) {
    const timeBase = { num: cursor.varint(), den: cursor.varint() };
    const limit = 2 ** 31;
    if (timeBase.num < 1 || timeBase.den < 1 || timeBase.num >= limit || timeBase.den >= limit) {
      throw nutFault(`time base ${timeBase.num}/${timeBase.den}`);
    }
    timeBases.push(timeBase);
  }
  return timeBases;
}

/** The table is run-length coded: each entry changes some fields and then stands for `count` codes in a row. */
function parseFrameCodes(cursor: ByteCursor): FrameCode[] {
  const codes: FrameCode[] = [];
  let previous: FrameCode & { count: number } = {
    flags: 0,
    streamIndex: 0,
    sizeMultiplier: 1,
    sizeLow: 0,
    ptsDelta: 0,
    reservedCount: 0,
    elisionIndex: 0,
    count: 0,
  };
  while (codes.length < FRAME_CODES) {
    previous = parseFrameCodeRun(cursor, previous);
    assertWhole(cursor, 'the frame code table');
    const { count, ...code } = previous;
    for (let step = 0; step < count && codes.length < FRAME_CODES; step += 1) {
      if (codes.length === STARTCODE_FIRST_BYTE) codes.push({ ...code, flags: FRAME_FLAG.invalid });
      if (codes.length < FRAME_CODES) codes.push({ ...code, sizeLow: code.sizeLow + step });
    }
    // A run of nothing still took two bytes, so a hostile table ends with the packet.
  }
  return codes;
}

function parseFrameCodeRun(cursor: ByteCursor, previous: FrameCode): FrameCode & { count: number } {
  const flags = cursor.varint();
  const fields = cursor.varint();
  const ptsDelta = fields > 0 ? cursor.signedVarint() : previous.ptsDelta;
  const sizeMultiplier = fields > 1 ? cursor.varint() : previous.sizeMultiplier;
  const streamIndex = fields > 2 ? cursor.varint() : previous.streamIndex;
  const sizeLow = fields > 3 ? cursor.varint() : 0;
  const reservedCount = fields > 4 ? cursor.varint() : 0;
  const count = fields > 5 ? cursor.varint() : sizeMultiplier - sizeLow;
  if (fields > 6) cursor.varint(); // match_time_delta: not needed to read frames, and up to 62 bits long
  const elisionIndex = fields > 7 ? cursor.varint() : previous.elisionIndex;
  for (let field = 8; field < fields && !cursor.isExhausted(); field += 1) cursor.varint();
  return { flags, streamIndex, sizeMultiplier, sizeLow, ptsDelta, reservedCount, elisionIndex, count };
}

/** Reads the body of a stream header; throws FFMPEG_FAILED. */
export function parseStreamHeader(cursor: ByteCursor, main: NutMainHeader): NutStreamHeader {
  const index = cursor.varint();
  if (index >= main.streamCount) throw nutFault(`stream ${index} of ${main.streamCount}`);
  const streamClass = cursor.varint();
  const codecTag = cursor.block().toString('latin1');
  const timeBase = main.timeBases[cursor.varint()];
  if (timeBase === undefined) throw nutFault(`stream ${index} has no time base`);
  const ptsLowBits = cursor.varint();
  if (ptsLowBits > MAX_PTS_LOW_BITS) throw nutFault(`timestamps with ${ptsLowBits} low bits`);
  cursor.varint(); // max_pts_distance
  cursor.varint(); // decode_delay
  cursor.varint(); // stream_flags
  const extradata = Buffer.from(cursor.block());
  const video = streamClass === VIDEO_CLASS;
  const width = video ? cursor.varint() : 0;
  const height = video ? cursor.varint() : 0;
  assertWhole(cursor, `the header of stream ${index}`);
  return { index, codecTag, timeBase, ptsLowBits, width, height, extradata };
}

/** Reads the body of a syncpoint: the time from which shortened timestamps count on. */
export function parseSyncpoint(cursor: ByteCursor, main: NutMainHeader): { pts: number; timeBase: TimeBase } {
  const coded = cursor.varint();
  assertWhole(cursor, 'a syncpoint');
  const timeBase = main.timeBases[coded % main.timeBases.length];
  if (timeBase === undefined || !Number.isSafeInteger(coded)) throw nutFault('a syncpoint without a usable time');
  return { pts: Math.floor(coded / main.timeBases.length), timeBase };
}
