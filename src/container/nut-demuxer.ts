/**
 * FFmpeg's `-f nut` bytes in, packets out, over any chunk boundaries (nut.txt; FFmpeg writes version 3). A packet is
 * copied once, from the chunks into a buffer of exactly its size. Index and info are skipped; side data, damage and
 * anything beyond the limits are refused. Copied H.264 stays as its source had it [FFmpeg 5.1]: from MP4 (`avc1`) with
 * length prefixes and `avcC` extradata, from RTSP (`H264`) in Annex B, extradata too; libx264 leaves SPS and PPS to the
 * extradata. See rtp/h264-bitstream and rtp/h264-parameter-sets.
 */
import { ByteCursor } from './byte-cursor';
import { FRAME_FLAG } from './nut-frame-flag';
import { fullPts, parseFrameHeader } from './nut-frame-header';
import type { FrameHeader } from './nut-frame-header';
import { nutFault, parseMainHeader, parseStreamHeader, parseSyncpoint, STARTCODE_FIRST_BYTE } from './nut-headers';
import type { NutMainHeader, NutStreamHeader, TimeBase } from './nut-headers';
import { rescaleDown, TickScale } from './tick-scale';

export interface NutStream {
  index: number;
  /** FFmpeg's codec tag: `avc1`, `H264`, `VP80`, `MJPG`, `BGR\x18`... */
  codecTag: string;
  /** Pixels; 0 unless the stream is video. */
  width: number;
  height: number;
  timeBase: TimeBase;
  extradata: Buffer;
}

export interface NutPacket {
  streamIndex: number;
  /** 90 kHz ticks, rounded to the nearest where the time base does not divide. */
  pts90k: number;
  keyframe: boolean;
  /** Alone in its ArrayBuffer, so that it can be transferred; the receiver owns it. */
  data: Buffer;
}

export interface NutDemuxerOptions {
  onStream(stream: NutStream): void;
  onPacket(packet: NutPacket): void;
  maxPacketBytes?: number;
}

/** 4K raw BGR takes 24 MiB. */
const DEFAULT_MAX_PACKET_BYTES = 64 * 1024 * 1024;
/** Main and stream headers take some hundred bytes; extradata may add some kilobytes. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Room for a cut header; frame headers always fit. */
const PARTIAL_BYTES = 256;
/** Elision headers are left out of small packets only (nut.txt, "header_idx"). */
const MAX_ELIDED_PACKET_BYTES = 4096;
/** A packet longer than this repeats a checksum before its body. */
const LONG_PACKET_BYTES = 4096;
const CHECKSUM_BYTES = 4;
const STARTCODE_BYTES = 8;
const SIGNATURE = Buffer.from('nut/multimedia container\0', 'latin1');
const STARTCODES = {
  main: '4e4d7a561f5f04ad',
  stream: '4e5311405bf2f9db',
  syncpoint: '4e4be4adeeca4569',
  index: '4e58dd672f23e64e',
  info: '4e49ab68b596ba78',
} as const;

interface StreamState extends NutStreamHeader {
  scale: TickScale;
  lastPts: number;
}

interface OpenPacket extends NutPacket {
  filled: number;
  announce: boolean;
}

/** One NUT stream. After a throw it refuses everything that follows. */
export class NutDemuxer {
  readonly #options: NutDemuxerOptions;
  readonly #maxPacketBytes: number;
  readonly #streams = new Map<number, StreamState>();
  #main: NutMainHeader | undefined;
  #signed = false;
  #broken = false;
  #skipBytes = 0;
  #packet: OpenPacket | undefined;
  /** The beginning of a header that a chunk boundary cut, and how long it must get before it is tried again. */
  #partial = Buffer.alloc(0);
  #partialBytes = 0;
  #partialTarget = 0;

  constructor(options: NutDemuxerOptions) {
    this.#options = options;
    this.#maxPacketBytes = options.maxPacketBytes ?? DEFAULT_MAX_PACKET_BYTES;
  }

  /** Takes the next bytes, which may be reused afterwards. Throws FFMPEG_FAILED on anything that is not NUT. */
  push(chunk: Buffer): void {
    if (this.#broken) throw nutFault('the stream was damaged before');
    this.#broken = true; // stays so if anything below throws
    let offset = 0;
    while (offset < chunk.length) offset = this.#consume(chunk, offset);
    this.#broken = false;
  }

  /** Uses at least one byte from `offset` on; returns where to go on. */
  #consume(chunk: Buffer, offset: number): number {
    if (this.#skipBytes > 0) {
      const count = Math.min(this.#skipBytes, chunk.length - offset);
      this.#skipBytes -= count;
      return offset + count;
    }
    if (this.#packet !== undefined) return this.#fill(this.#packet, chunk, offset);
    return this.#partialBytes > 0 ? this.#completePartial(chunk, offset) : this.#parse(chunk, offset);
  }

  #fill(packet: OpenPacket, chunk: Buffer, offset: number): number {
    const count = chunk.copy(packet.data, packet.filled, offset);
    packet.filled += count;
    this.#finishPacket(packet);
    return offset + count;
  }

  #finishPacket(packet: OpenPacket): void {
    if (packet.filled < packet.data.length) return;
    this.#packet = undefined;
    const { streamIndex, pts90k, keyframe, data } = packet;
    if (packet.announce) this.#options.onPacket({ streamIndex, pts90k, keyframe, data });
  }

  #parse(chunk: Buffer, offset: number): number {
    const cursor = new ByteCursor(chunk, offset);
    const missingBytes = this.#element(cursor);
    if (missingBytes === 0) return cursor.offset;
    this.#partialBytes = chunk.length - offset;
    this.#partialTarget = this.#partialBytes + missingBytes;
    this.#partial = Buffer.allocUnsafe(Math.max(this.#partialTarget, PARTIAL_BYTES));
    chunk.copy(this.#partial, 0, offset);
    return chunk.length;
  }

  /** Grows the cut header to its target and no further, so that what follows it stays in the chunk. */
  #completePartial(chunk: Buffer, offset: number): number {
    if (this.#partial.length < this.#partialTarget) {
      const larger = Buffer.allocUnsafe(this.#partialTarget);
      this.#partial.copy(larger, 0, 0, this.#partialBytes);
      this.#partial = larger;
    }
    const count = Math.min(this.#partialTarget - this.#partialBytes, chunk.length - offset);
    chunk.copy(this.#partial, this.#partialBytes, offset, offset + count);
    this.#partialBytes += count;
    if (this.#partialBytes === this.#partialTarget) {
      const missingBytes = this.#element(new ByteCursor(this.#partial.subarray(0, this.#partialBytes)));
      this.#partialTarget += missingBytes;
      if (missingBytes === 0) this.#partialBytes = 0;
    }
    return offset + count;
  }

  /** Handles one element at `cursor`. Returns 0, or at least how many bytes are missing; then nothing has changed. */
  #element(cursor: ByteCursor): number {
    if (!this.#signed) return this.#signature(cursor);
    const first = cursor.u8();
    if (first === STARTCODE_FIRST_BYTE) return this.#describingPacket(cursor);
    return this.#frameHeader(cursor, first);
  }

  #signature(cursor: ByteCursor): number {
    const available = Math.min(SIGNATURE.length, cursor.bytes.length - cursor.offset);
    const found = cursor.bytes.subarray(cursor.offset, cursor.offset + available);
    if (!found.equals(SIGNATURE.subarray(0, available))) throw nutFault('it does not begin like NUT');
    cursor.skip(available);
    this.#signed = available === SIGNATURE.length;
    return SIGNATURE.length - available;
  }

  /** A packet with a startcode, whose first byte has been read. */
  #describingPacket(cursor: ByteCursor): number {
    const start = cursor.offset - 1;
    cursor.skip(STARTCODE_BYTES - 1);
    if (cursor.isExhausted()) return start + STARTCODE_BYTES - cursor.bytes.length;
    const startcode = cursor.bytes.toString('hex', start, cursor.offset);
    const bodyBytes = cursor.varint();
    if (bodyBytes > LONG_PACKET_BYTES) cursor.skip(CHECKSUM_BYTES);
    if (cursor.malformed || !Number.isSafeInteger(bodyBytes)) throw nutFault('a packet has an impossible length');
    if (cursor.isExhausted()) return 1;
    if (startcode === STARTCODES.index || startcode === STARTCODES.info) {
      this.#skipBytes = bodyBytes;
      return 0;
    }
    if (bodyBytes > MAX_HEADER_BYTES) throw nutFault(`a header of ${bodyBytes} bytes, maximum is ${MAX_HEADER_BYTES}`);
    if (bodyBytes < CHECKSUM_BYTES) throw nutFault('a header without a checksum');
    const end = cursor.offset + bodyBytes;
    if (end > cursor.bytes.length) return end - cursor.bytes.length;
    this.#header(startcode, new ByteCursor(cursor.bytes.subarray(cursor.offset, end - CHECKSUM_BYTES)));
    cursor.offset = end;
    return 0;
  }

  #header(startcode: string, body: ByteCursor): void {
    if (startcode === STARTCODES.main) {
      this.#main = parseMainHeader(body);
      return;
    }
    if (this.#main === undefined) throw nutFault('its main header is missing');
    if (startcode === STARTCODES.stream) this.#streamHeader(parseStreamHeader(body, this.#main));
    else if (startcode === STARTCODES.syncpoint) this.#syncpoint(parseSyncpoint(body, this.#main));
    else throw nutFault(`unknown startcode ${startcode}`);
  }

  /** FFmpeg repeats all headers now and then; each stream is announced once. */
  #streamHeader(header: NutStreamHeader): void {
    const known = this.#streams.get(header.index);
    const scale = new TickScale(header.timeBase);
    this.#streams.set(header.index, { ...header, scale, lastPts: known?.lastPts ?? 0 });
    if (known !== undefined) return;
    const { index, codecTag, width, height, timeBase, extradata } = header;
    this.#options.onStream({ index, codecTag, width, height, timeBase, extradata });
  }

  #syncpoint(point: { pts: number; timeBase: TimeBase }): void {
    for (const stream of this.#streams.values()) stream.lastPts = rescaleDown(point, stream.timeBase);
  }

  #frameHeader(cursor: ByteCursor, first: number): number {
    const main = this.#main;
    const code = main?.frameCodes[first];
    if (main === undefined || code === undefined) throw nutFault('its main header is missing');
    const frame = parseFrameHeader(cursor, code);
    if (frame === undefined) return 1;
    const stream = this.#streams.get(frame.streamIndex);
    if (stream === undefined) throw nutFault(`a packet of stream ${frame.streamIndex}, which has no header`);
    const elided = main.elisionHeaders[frame.sizeBytes > MAX_ELIDED_PACKET_BYTES ? 0 : frame.elisionIndex];
    if (elided === undefined || elided.length > frame.sizeBytes) throw nutFault('a packet without its elided header');
    stream.lastPts = fullPts(frame, stream);
    this.#openPacket(stream, frame, elided);
    return 0;
  }

  #openPacket(stream: StreamState, frame: FrameHeader, elided: Buffer): void {
    if (frame.sizeBytes > this.#maxPacketBytes) {
      throw nutFault(`a packet of ${frame.sizeBytes} bytes, maximum is ${this.#maxPacketBytes}`);
    }
    const data = Buffer.allocUnsafeSlow(frame.sizeBytes);
    elided.copy(data);
    this.#packet = {
      streamIndex: stream.index,
      pts90k: stream.scale.to90k(stream.lastPts),
      keyframe: (frame.flags & FRAME_FLAG.key) !== 0,
      data,
      filled: elided.length,
      // FFmpeg closes a subtitle with an empty packet; it is not a picture.
      announce: frame.sizeBytes > 0 || (frame.flags & FRAME_FLAG.endOfRelevance) === 0,
    };
    this.#finishPacket(this.#packet);
  }
}
