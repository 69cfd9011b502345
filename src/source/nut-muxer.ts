/**
 * One video stream as NUT, for FFmpeg's stdin (nut.txt; version 4, flag "pipe"): packets in, bytes out. NUT carries any
 * codec with its own tag and extradata, so packets that were demuxed from one FFmpeg can be handed to another, from
 * any keyframe on, or with packets left out. Raw bytes passed through could be neither.
 *
 * The pipe flag (NUT_PIPE) makes do with one syncpoint: FFmpeg's demuxer remembers every one it meets, for ever.
 */
import type { NutPacket, NutStream } from '../container/nut-demuxer';
import { VIDEO_CLOCK_HZ } from '../media/video';

const SIGNATURE = Buffer.from('nut/multimedia container\0', 'latin1');
const STARTCODE = {
  main: Buffer.from('4e4d7a561f5f04ad', 'hex'),
  stream: Buffer.from('4e5311405bf2f9db', 'hex'),
  syncpoint: Buffer.from('4e4be4adeeca4569', 'hex'),
} as const;
const VERSION = 4;
const NUT_PIPE = 2;
/** A packet longer than this repeats a checksum before its body. */
const LONG_PACKET_BYTES = 4096;
/** Largest that FFmpeg takes; the pipe flag makes it moot. */
const MAX_DISTANCE_BYTES = 65_536;
/** The first: its run counts sizes up from here. All codes stand for "everything is written out". */
const FRAME_CODE = 0;
const FLAG = { key: 1, codedPts: 8, sizeHigh: 32, checksum: 64, coded: 4096 } as const;
/** Low bits of a shortened timestamp; whole ones, as written here, are raised by 2 to this power. */
const PTS_LOW_BITS = 7;

/** Everything before the first packet. Timestamps will be in 90 kHz ticks from `firstPts90k` (not negative) on. */
export function nutHeader(
  stream: Pick<NutStream, 'codecTag' | 'width' | 'height' | 'extradata'>,
  firstPts90k: number,
): Buffer {
  return Buffer.concat([
    SIGNATURE,
    headerPacket(STARTCODE.main, mainHeader()),
    headerPacket(STARTCODE.stream, streamHeader(stream)),
    // Time in units of the only time base; back pointer 0: nothing lies before.
    headerPacket(STARTCODE.syncpoint, [...varint(firstPts90k), ...varint(0)]),
  ]);
}

/** What goes before the data of a packet. */
export function nutPacketHeader({ pts90k, keyframe, data }: Pick<NutPacket, 'pts90k' | 'keyframe' | 'data'>): Buffer {
  const flags = FLAG.codedPts | FLAG.sizeHigh | FLAG.checksum | (keyframe ? FLAG.key : 0);
  const body = [FRAME_CODE, ...varint(flags), ...varint(pts90k + 2 ** PTS_LOW_BITS), ...varint(data.length)];
  return withChecksum(Buffer.from(body));
}

function mainHeader(): number[] {
  return [
    ...varint(VERSION),
    ...varint(0), // minor version
    ...varint(1), // streams
    ...varint(MAX_DISTANCE_BYTES),
    ...[...varint(1), ...varint(1), ...varint(VIDEO_CLOCK_HZ)], // one time base, 1/90000
    // One run of 255 frame codes ("N" is skipped): flags, then six fields: pts 0, size x1, stream 0, size +0, 0, 255.
    ...[...varint(FLAG.coded), ...varint(6), 0, 1, 0, 0, 0, ...varint(255)],
    ...varint(0), // elision headers
    ...varint(NUT_PIPE),
  ];
}

function streamHeader({
  codecTag,
  width,
  height,
  extradata,
}: Pick<NutStream, 'codecTag' | 'width' | 'height' | 'extradata'>): number[] {
  const tag = Buffer.from(codecTag, 'latin1');
  return [
    ...[0, 0], // stream 0, class video
    ...[...varint(tag.length), ...tag],
    0, // time base 0
    ...varint(PTS_LOW_BITS),
    ...varint(VIDEO_CLOCK_HZ), // max_pts_distance; every packet carries its checksum anyway
    0, // decode_delay: FFmpeg finds B-frames in the stream itself
    0, // stream flags
    ...[...varint(extradata.length), ...extradata],
    ...[...varint(width), ...varint(height)],
    ...[0, 0, 0], // sample aspect unknown, colour space unknown
  ];
}

function headerPacket(startcode: Buffer, body: readonly number[]): Buffer {
  const lengthBytes = varint(body.length + 4);
  const start = Buffer.concat([startcode, Buffer.from(lengthBytes)]);
  const long = body.length + 4 > LONG_PACKET_BYTES;
  return Buffer.concat([long ? withChecksum(start) : start, withChecksum(Buffer.from(body))]);
}

function withChecksum(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length + 4);
  bytes.copy(result);
  result.writeUInt32BE(crc32(bytes), bytes.length);
  return result;
}

/** nut.txt "v": seven bits a byte, highest first, all but the last byte marked. */
function varint(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** nut.txt "checksum": generator 0x104C11DB7, highest bit first, starting from 0. */
function crc32(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}
