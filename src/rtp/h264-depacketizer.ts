/**
 * RTP payloads of one H.264 stream in, access units out (RFC 6184, packetization-mode 1), each IDR with its parameter
 * sets. Expects packets in sequence order without gaps: the caller resets it at a gap. Other payload types, and ends of
 * sequence or stream, are skipped; an access unit without a slice gives nothing.
 */
import { DEFAULT_MAX_FRAME_BYTES, PART_OVERHEAD_BYTES } from './depacketized-frame';
import type { DepacketizedFrame } from './depacketized-frame';
import { isSlice, joinAnnexB, NAL, nalType, splitAnnexB } from './h264-bitstream';
import { H264ParameterSets } from './h264-parameter-sets';
import type { RtpPacket } from './packet';

const FORBIDDEN_AND_NRI = 0xe0;
const TYPE_MASK = 0x1f;
const FU_START = 0x80;
const FU_END = 0x40;
const FU_HEADER_BYTES = 2;
/** `first_mb_in_slice` is 0: its Exp-Golomb code is a single 1 bit. */
const STARTS_PICTURE = 0x80;

export class H264Depacketizer {
  /** Access units given up because they grew beyond the limit. */
  oversized = 0;
  readonly #maxFrameBytes: number;
  readonly #parameterSets = new H264ParameterSets();
  #nalus: Buffer[] = [];
  /** The parts of a fragmented NAL unit so far; null outside of one. */
  #fragments: Buffer[] | null = null;
  /** Of the access unit so far, overhead included. */
  #bytes = 0;
  #timestamp = 0;
  #afterGap = true;

  constructor(options: { maxFrameBytes?: number } = {}) {
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
  }

  /**
   * The access units that `packet` completes: the one it ends by its marker, and before that one whose marker never
   * came and whose end shows by a new timestamp. Malformed payloads are skipped.
   */
  push(packet: RtpPacket): DepacketizedFrame[] {
    const frames: DepacketizedFrame[] = [];
    if (packet.timestamp !== this.#timestamp) {
      this.#finish(frames);
      // What came before without a picture: parameter sets belong to the next one, a lone SEI or delimiter to none.
      this.#restart(this.#nalus.filter((nalu) => nalType(nalu) === NAL.sps || nalType(nalu) === NAL.pps));
      this.#timestamp = packet.timestamp;
    }
    this.#payload(packet.payload);
    // Tapo TC70 and Reolink Duo 2 set the marker on SPS and PPS too: only a picture can end an access unit.
    if (packet.marker) this.#finish(frames);
    return frames;
  }

  /** Forgets the access unit in progress; what is left of it in later packets is dropped. */
  reset(): void {
    this.#restart([]);
    this.#afterGap = true;
  }

  #restart(nalus: Buffer[]): void {
    this.#nalus = nalus;
    this.#bytes = nalus.reduce((sum, nalu) => sum + nalu.length + PART_OVERHEAD_BYTES, 0);
    this.#fragments = null;
  }

  #payload(payload: Buffer): void {
    const type = nalType(payload);
    if (type === NAL.stapA) this.#aggregate(payload);
    else if (type === NAL.fuA) this.#fragment(payload);
    else if (type <= NAL.lastPlain) this.#nalu(payload);
  }

  /** RFC 6184 §5.7.1. */
  #aggregate(payload: Buffer): void {
    let offset = 1;
    while (offset + 2 <= payload.length) {
      const start = offset + 2;
      offset = start + payload.readUInt16BE(offset);
      if (offset > payload.length) return;
      this.#nalu(payload.subarray(start, offset));
    }
  }

  /** RFC 6184 §5.8. */
  #fragment(payload: Buffer): void {
    const indicator = payload[0];
    const header = payload[1];
    if (indicator === undefined || header === undefined) return;
    if (header & FU_START) this.#fragments = [Buffer.from([(indicator & FORBIDDEN_AND_NRI) | (header & TYPE_MASK)])];
    if (this.#fragments === null) return;
    if (!this.#grow(payload.length)) return;
    this.#fragments.push(payload.subarray(FU_HEADER_BYTES));
    if ((header & FU_END) === 0) return;
    const nalu = Buffer.concat(this.#fragments);
    this.#fragments = null;
    this.#nalu(nalu, true);
  }

  #nalu(nalu: Buffer, counted = false): void {
    const type = nalType(nalu);
    if (nalu.length === 0 || type === NAL.endOfSequence || type === NAL.endOfStream) return;
    if (!counted && !this.#grow(nalu.length)) return;
    // Some cameras put SPS, PPS and IDR into one NAL unit, start codes and all. Slices cannot contain a start code, so
    // only what comes before them is searched.
    if (type === 0 || (type >= NAL.sei && type <= NAL.accessUnitDelimiter)) {
      this.#nalus.push(...splitAnnexB(nalu).filter((part) => nalType(part) !== 0));
    } else this.#nalus.push(nalu);
  }

  #grow(bytes: number): boolean {
    this.#bytes += bytes + PART_OVERHEAD_BYTES;
    if (this.#bytes <= this.#maxFrameBytes) return true;
    this.oversized += 1;
    this.reset();
    return false;
  }

  #finish(frames: DepacketizedFrame[]): void {
    const firstSlice = this.#nalus.find(isSlice);
    if (firstSlice === undefined) return;
    // After a gap the beginning of the picture may be missing although what is here looks whole.
    const whole = !this.#afterGap || ((firstSlice[1] ?? 0) & STARTS_PICTURE) !== 0;
    const nalus = this.#parameterSets.complete(this.#nalus);
    this.#restart([]);
    this.#afterGap = false;
    if (!whole) return;
    const keyframe = nalus.some((nalu) => nalType(nalu) === NAL.idr);
    frames.push({ data: joinAnnexB(nalus), keyframe, timestamp: this.#timestamp });
  }
}
