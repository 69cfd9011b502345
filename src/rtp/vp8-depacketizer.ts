/**
 * RTP payloads of one VP8 stream in, frames out (RFC 7741). Expects packets in sequence order without gaps: the caller
 * resets it at a gap. Reads every optional field of the descriptor; drops what is cut short.
 */
import { DEFAULT_MAX_FRAME_BYTES, PART_OVERHEAD_BYTES } from './depacketized-frame';
import type { DepacketizedFrame } from './depacketized-frame';
import type { RtpPacket } from './packet';
import { parseVp8FrameHeader } from './vp8-frame-header';

/* Descriptor, RFC 7741 §4.2. */
const EXTENDED = 0x80;
const START_OF_PARTITION = 0x10;
const PARTITION_MASK = 0x07;
const PICTURE_ID_PRESENT = 0x80;
const TL0_PRESENT = 0x40;
const LAYER_OR_KEY_INDEX = 0x30; // T or K: one octet holds both
const PICTURE_ID_LONG = 0x80;

export class Vp8Depacketizer {
  /** Frames given up because they grew beyond the limit. */
  oversized = 0;
  readonly #maxFrameBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #timestamp = 0;

  constructor(options: { maxFrameBytes?: number } = {}) {
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
  }

  /**
   * The frames that `packet` completes: the one it ends by its marker, and before that one whose marker never came and
   * whose end shows by a new timestamp. None for an empty or malformed payload.
   */
  push(packet: RtpPacket): DepacketizedFrame[] {
    const frames: DepacketizedFrame[] = [];
    if (packet.timestamp !== this.#timestamp) this.#finish(frames);
    this.#append(packet);
    if (packet.marker) this.#finish(frames);
    return frames;
  }

  /** Forgets the frame in progress; what is left of it in later packets is dropped. */
  reset(): void {
    this.#parts = [];
    this.#bytes = 0;
  }

  #append(packet: RtpPacket): void {
    const descriptor = parseDescriptor(packet.payload);
    if (descriptor === undefined || descriptor.bytes >= packet.payload.length) return;
    if (this.#parts.length === 0 && !descriptor.startsFrame) return;
    const part = packet.payload.subarray(descriptor.bytes);
    this.#bytes += part.length;
    if (this.#bytes + this.#parts.length * PART_OVERHEAD_BYTES > this.#maxFrameBytes) {
      this.oversized += 1;
      this.reset();
      return;
    }
    this.#timestamp = packet.timestamp;
    this.#parts.push(part);
  }

  #finish(frames: DepacketizedFrame[]): void {
    if (this.#parts.length === 0) return;
    const data = Buffer.concat(this.#parts, this.#bytes);
    this.reset();
    const header = parseVp8FrameHeader(data);
    if (header !== undefined) frames.push({ data, keyframe: header.keyframe, timestamp: this.#timestamp });
  }
}

function parseDescriptor(payload: Buffer): { bytes: number; startsFrame: boolean } | undefined {
  const first = payload[0];
  if (first === undefined) return undefined;
  const startsFrame = (first & START_OF_PARTITION) !== 0 && (first & PARTITION_MASK) === 0;
  if ((first & EXTENDED) === 0) return { bytes: 1, startsFrame };
  const present = payload[1];
  if (present === undefined) return undefined;
  let bytes = 2;
  if (present & PICTURE_ID_PRESENT) bytes += (payload[bytes] ?? 0) & PICTURE_ID_LONG ? 2 : 1;
  if (present & TL0_PRESENT) bytes += 1;
  if (present & LAYER_OR_KEY_INDEX) bytes += 1;
  return { bytes, startsFrame };
}
