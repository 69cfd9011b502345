/**
 * Access units in, paced RTP packets out through a peer, each frame followed by the packet that makes the server take
 * it at once (field-notes.md 7). Starts at a keyframe, and again at one after anything was not sent. Refuses frames
 * that aiortc could never put together.
 */
import type { Clock } from '../clock';
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { AccessUnit, VideoCodec } from '../media/video';
import type { Peer } from '../peer/peer';
import { H264_END_OF_SEQUENCE } from '../rtp/h264-bitstream';
import { packetizeH264 } from '../rtp/h264-packetizer';
import { hiddenVp8Frame } from '../rtp/hidden-vp8-frame';
import { parseVp8FrameHeader } from '../rtp/vp8-frame-header';
import { packetizeVp8 } from '../rtp/vp8-packetizer';
import { PacketPacer } from './packet-pacer';
import { RtpTimeline } from './rtp-timeline';

/** IPv6's smallest path: 1280 MTU - 40 IP - 8 UDP - 12 RTP - 16 header extensions - 16 SRTP - 4 TURN. */
const MAX_PAYLOAD_BYTES = 1_184;
/** aiortc before 1.16 holds 128 packets; a frame that fills them is never decoded (field-notes.md 4). */
const MAX_PACKETS_PER_FRAME = 119;
/** Below 32768, or libsrtp may guess the wrong rollover counter; not 0, which werift's NACK takes for "none yet". */
const FIRST_SEQUENCE_NUMBER = 1;
const MS_PER_TICK = 1_000 / VIDEO_CLOCK_HZ;

/** What became of an access unit. */
export type SendOutcome =
  /** On its way. `rtpTimestamp` is unwrapped; on the wire it is modulo 2^32. */
  | { kind: 'sent'; rtpTimestamp: number; packets: number }
  /** It would take so many packets; nothing was sent, and frames up to the next keyframe are useless. */
  | { kind: 'too-large'; packets: number }
  /** Dropped: the first frame, the first of another codec, and the first after a gap must be a keyframe. */
  | { kind: 'awaiting-keyframe' }
  /** Dropped: it holds no picture. */
  | { kind: 'empty' }
  | { kind: 'not-connected' };

/** Counters since the start. */
export interface VideoSenderStats {
  frames: number;
  packets: number;
  /** Of RTP payloads. */
  bytes: number;
  framesTooLarge: number;
  framesAwaitingKeyframe: number;
  framesNotConnected: number;
  timestampsAdjusted: number;
  /** Packets sent without pacing because too many waited. */
  packetsRushed: number;
}

/** What a sender needs. */
export interface VideoSenderOptions {
  peer: Pick<Peer, 'sendRtp'>;
  clock: Clock;
  /** Follow each frame by its closing packet. */
  closingPacket: boolean;
  /** Give each timestamp a known offset of up to 0.7 ms. Default true. */
  ditherTicks?: boolean;
}

interface OutgoingPacket {
  codec: VideoCodec;
  timestamp: number;
  marker: boolean;
  payload: Buffer;
}

/** See the file header. One sender serves one peer. */
export class VideoSender {
  readonly #peer: Pick<Peer, 'sendRtp'>;
  readonly #closingPacket: boolean;
  readonly #pacer: PacketPacer<OutgoingPacket>;
  readonly #timeline: RtpTimeline;
  readonly #counted = { frames: 0, packets: 0, bytes: 0, tooLarge: 0, awaitingKeyframe: 0, notConnected: 0 };
  #codec: VideoCodec | undefined;
  #needsKeyframe = true;
  #sequenceNumber = FIRST_SEQUENCE_NUMBER;
  #pictureId = 0;
  #vp8Size = { width: 0, height: 0 };
  #closed = false;

  constructor(options: VideoSenderOptions) {
    this.#peer = options.peer;
    this.#closingPacket = options.closingPacket;
    this.#timeline = new RtpTimeline({ ditherTicks: options.ditherTicks ?? true });
    this.#pacer = new PacketPacer({
      clock: options.clock,
      send: (packet) => this.#transmit(packet),
      report: () => this.#breakOff(),
    });
  }

  get stats(): VideoSenderStats {
    const { frames, packets, bytes, tooLarge, awaitingKeyframe, notConnected } = this.#counted;
    return {
      frames,
      packets,
      bytes,
      framesTooLarge: tooLarge,
      framesAwaitingKeyframe: awaitingKeyframe,
      framesNotConnected: notConnected,
      timestampsAdjusted: this.#timeline.adjusted,
      packetsRushed: this.#pacer.rushed,
    };
  }

  /** Sends one access unit; its data must not change afterwards. */
  send(unit: AccessUnit): SendOutcome {
    if (this.#closed) return { kind: 'not-connected' };
    if (unit.codec !== this.#codec) this.#needsKeyframe = true;
    if (this.#needsKeyframe && !unit.keyframe) {
      this.#counted.awaitingKeyframe += 1;
      return { kind: 'awaiting-keyframe' };
    }
    const payloads = this.#packetize(unit.codec, unit.data);
    if (payloads.length === 0) return { kind: 'empty' };
    if (payloads.length > MAX_PACKETS_PER_FRAME) {
      this.#counted.tooLarge += 1;
      this.#needsKeyframe = true;
      return { kind: 'too-large', packets: payloads.length };
    }
    return this.#sendPayloads(unit, payloads);
  }

  /** Forgets what waits; later frames are refused. */
  close(): void {
    this.#closed = true;
    this.#pacer.clear();
  }

  #sendPayloads(unit: AccessUnit, payloads: Buffer[]): SendOutcome {
    const rtpTimestamp = this.#timeline.next(unit.pts90k);
    const packets = packetsOf(unit.codec, rtpTimestamp, payloads);
    if (this.#closingPacket) packets.push(...packetsOf(unit.codec, rtpTimestamp + 1, this.#closing(unit)));
    this.#codec = unit.codec;
    this.#needsKeyframe = false;
    this.#pacer.push(packets, this.#timeline.intervalTicks * MS_PER_TICK);
    if (this.#hasBrokenOff()) {
      this.#counted.notConnected += 1;
      return { kind: 'not-connected' };
    }
    this.#counted.frames += 1;
    return { kind: 'sent', rtpTimestamp, packets: packets.length };
  }

  /** The payloads that make aiortc let go of the frame before: no picture, no change, no error (field-notes.md 7). */
  #closing(unit: AccessUnit): Buffer[] {
    if (unit.codec === 'h264') return [H264_END_OF_SEQUENCE];
    const header = parseVp8FrameHeader(unit.data);
    if (header?.width !== undefined && header.height !== undefined) {
      this.#vp8Size = { width: header.width, height: header.height };
    }
    return this.#packetize('vp8', hiddenVp8Frame(this.#vp8Size.width, this.#vp8Size.height));
  }

  #packetize(codec: VideoCodec, data: Buffer): Buffer[] {
    const options = { maxPayloadBytes: MAX_PAYLOAD_BYTES };
    if (codec === 'h264') return packetizeH264(data, options);
    this.#pictureId += 1;
    return packetizeVp8(data, { ...options, pictureId: this.#pictureId });
  }

  #transmit({ codec, timestamp, marker, payload }: OutgoingPacket): void {
    const sequenceNumber = this.#sequenceNumber;
    if (!this.#peer.sendRtp(codec, { sequenceNumber, timestamp, marker, payload })) {
      this.#breakOff();
      return;
    }
    // Only now, so that what was never sent leaves no gap.
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.#counted.packets += 1;
    this.#counted.bytes += payload.length;
  }

  /** A packet could not be sent: the rest of its frame is useless, and so is all up to the next keyframe. */
  #breakOff(): void {
    this.#needsKeyframe = true;
    this.#pacer.clear();
  }

  /** `#needsKeyframe` may change in a callback, which control flow analysis does not see. */
  #hasBrokenOff(): boolean {
    return this.#needsKeyframe;
  }
}

function packetsOf(codec: VideoCodec, rtpTimestamp: number, payloads: readonly Buffer[]): OutgoingPacket[] {
  const timestamp = rtpTimestamp % 2 ** 32;
  return payloads.map((payload, index) => ({ codec, timestamp, marker: index === payloads.length - 1, payload }));
}
