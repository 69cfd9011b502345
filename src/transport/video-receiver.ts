/**
 * RTP packets of one video line in, whole access units out in order, of whichever codec the sender uses at the moment.
 * Asks for keyframes and advises a bitrate. Closing packets of our own kind are taken out; nothing is decoded.
 */
import type { Clock } from '../clock';
import { guard } from '../guard';
import type { AccessUnit, VideoCodec } from '../media/video';
import type { Peer } from '../peer/peer';
import { FrameAssembler } from '../rtp/frame-assembler';
import type { AssemblerEvent } from '../rtp/frame-assembler';
import { hiddenVp8Frame } from '../rtp/hidden-vp8-frame';
import type { RtpPacket } from '../rtp/packet';
import { TimestampUnwrapper } from '../rtp/timestamp-unwrapper';
import { parseVp8FrameHeader } from '../rtp/vp8-frame-header';
import { BitrateAdvice } from './bitrate-advice';
import { KeyframeRequester } from './keyframe-requester';

const ADVICE_INTERVAL_MS = 1_000;
const DEFAULT_MAX_BITRATE_BPS = 4_000_000;

/** One received picture. */
export interface ReceivedFrame {
  /** Its `pts90k` is `rtpTimestamp90k`. */
  accessUnit: AccessUnit;
  /** Unwrapped: goes on rising past 2^32. */
  rtpTimestamp90k: number;
  /** When its last packet came, on the clock's monotonic time. */
  receivedAtMs: number;
  /** The very first picture of the stream: nothing was lost or dropped before it. */
  isStreamStart: boolean;
}

/** Counters since the start. */
export interface VideoReceiverStats {
  frames: number;
  packets: number;
  /** Of RTP payloads. */
  bytes: number;
  packetsLost: number;
  packetsDuplicate: number;
  /** Came after they had been given up. */
  packetsLate: number;
  /** Whole frames dropped for want of a keyframe. */
  framesDropped: number;
  keyframeRequests: number;
}

/** What a receiver needs. */
export interface VideoReceiverOptions {
  peer: Pick<Peer, 'requestKeyframe' | 'sendRemb'>;
  clock: Clock;
  onFrame(frame: ReceivedFrame): void;
  /** `onFrame` threw; the frame it was given is lost, the next ones come. */
  onFault?(thrown: unknown): void;
  /** Upper end of what the other side is told it may send. Default 4 Mb/s. */
  maxBitrateBps?: number;
  /** How long a missing packet is waited for. */
  reorderMs?: number;
}

/** See the file header. */
export class VideoReceiver {
  readonly #options: VideoReceiverOptions;
  readonly #clock: Clock;
  readonly #advice: BitrateAdvice;
  readonly #keyframes: KeyframeRequester;
  readonly #timestamps = new TimestampUnwrapper();
  readonly #counted = { frames: 0, packets: 0, bytes: 0, stragglers: 0 };
  /** Of assemblers that are done with. */
  #past = NOTHING;
  #codec: VideoCodec | undefined;
  #assembler: FrameAssembler | undefined;
  #newestSequenceNumber = 0;
  #vp8Size = { width: 0, height: 0 };
  #advised = { packets: 0, lost: 0 };
  #cancelDeadline: (() => void) | undefined;
  #cancelAdvice: (() => void) | undefined;
  #closed = false;
  readonly #report = (thrown: unknown): void => this.#options.onFault?.(thrown);

  constructor(options: VideoReceiverOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#advice = new BitrateAdvice(options.maxBitrateBps ?? DEFAULT_MAX_BITRATE_BPS);
    this.#keyframes = new KeyframeRequester(() => this.#options.peer.requestKeyframe());
  }

  get stats(): VideoReceiverStats {
    const { frames, packets, bytes, stragglers } = this.#counted;
    const { lost, duplicates, late, dropped } = this.#assemblerTotals();
    return {
      frames,
      packets,
      bytes,
      packetsLost: lost,
      packetsDuplicate: duplicates,
      packetsLate: late + stragglers,
      framesDropped: dropped,
      keyframeRequests: this.#keyframes.requests,
    };
  }

  /** Takes a packet as it arrived. */
  push(codec: VideoCodec, packet: RtpPacket): void {
    if (this.#closed) return;
    const nowMs = this.#clock.monotonicMs();
    this.#counted.packets += 1;
    this.#counted.bytes += packet.payload.length;
    this.#keyframes.packetReceived(nowMs);
    if (this.#counted.packets === 1) this.#advise();
    const assembler = this.#assemblerFor(codec, packet.sequenceNumber);
    if (assembler === undefined) return;
    this.#handle(assembler.push(packet, nowMs), nowMs);
    this.#awaitDeadline();
  }

  /** The decoder lost its place. At most one request in half a second goes out; it is repeated until it is met. */
  requestKeyframe(): void {
    if (!this.#closed && this.#counted.packets > 0) this.#keyframes.want(this.#clock.monotonicMs());
  }

  close(): void {
    this.#closed = true;
    this.#cancelDeadline?.();
    this.#cancelAdvice?.();
  }

  /**
   * Sequence numbers go on across a change of codec, so each stretch of one codec gets an assembler of its own.
   * Undefined for a packet from before the last change.
   */
  #assemblerFor(codec: VideoCodec, sequenceNumber: number): FrameAssembler | undefined {
    const isNewer = this.#assembler === undefined || ((sequenceNumber - this.#newestSequenceNumber) & 0xffff) < 0x8000;
    if (isNewer) this.#newestSequenceNumber = sequenceNumber;
    if (this.#assembler !== undefined && codec === this.#codec) return this.#assembler;
    if (!isNewer) {
      this.#counted.stragglers += 1;
      return undefined;
    }
    this.#past = this.#assemblerTotals();
    const { reorderMs } = this.#options;
    this.#codec = codec;
    this.#assembler = new FrameAssembler({ codec, ...(reorderMs === undefined ? {} : { reorderMs }) });
    return this.#assembler;
  }

  #handle(events: AssemblerEvent[], nowMs: number): void {
    for (const event of events) {
      if (event.kind === 'loss') this.#keyframes.want(nowMs);
      else this.#frame(event.accessUnit, { rtpTimestamp: event.rtpTimestamp, nowMs });
    }
  }

  #frame(unit: AccessUnit, arrival: { rtpTimestamp: number; nowMs: number }): void {
    const rtpTimestamp90k = this.#timestamps.unwrap(arrival.rtpTimestamp);
    if (unit.keyframe) this.#keyframes.keyframeReceived();
    if (unit.codec === 'vp8' && this.#isClosingFrame(unit.data)) return;
    this.#counted.frames += 1;
    const { lost, dropped } = this.#assemblerTotals();
    const isStreamStart = this.#counted.frames === 1 && lost === 0 && dropped === 0;
    const accessUnit = { ...unit, pts90k: rtpTimestamp90k };
    const deliver = guard(this.#report, () =>
      this.#options.onFrame({ accessUnit, rtpTimestamp90k, receivedAtMs: arrival.nowMs, isStreamStart }),
    );
    deliver();
  }

  /** The hidden frame a `VideoSender` adds: a decoder would give no picture for it. Other hidden frames are needed. */
  #isClosingFrame(data: Buffer): boolean {
    const header = parseVp8FrameHeader(data);
    if (header?.width !== undefined && header.height !== undefined) {
      this.#vp8Size = { width: header.width, height: header.height };
    }
    return header?.showFrame === false && data.equals(hiddenVp8Frame(this.#vp8Size.width, this.#vp8Size.height));
  }

  #awaitDeadline(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    const deadlineMs = this.#assembler?.nextDeadlineMs;
    if (deadlineMs === undefined || this.#closed) return;
    const expire = guard(this.#report, () => {
      const nowMs = this.#clock.monotonicMs();
      this.#handle(this.#assembler?.expire(nowMs) ?? [], nowMs);
      this.#awaitDeadline();
    });
    this.#cancelDeadline = this.#clock.after(Math.max(1, deadlineMs - this.#clock.monotonicMs()), expire);
  }

  /** Sends the advice now and every second in which something came. */
  #advise(): void {
    const { lost } = this.#assemblerTotals();
    const { packets } = this.#counted;
    const received = packets - this.#advised.packets;
    const bitrateBps = this.#advice.after({ received, lost: lost - this.#advised.lost });
    this.#advised = { packets, lost };
    if (received > 0) this.#options.peer.sendRemb(bitrateBps);
    this.#cancelAdvice = this.#clock.after(
      ADVICE_INTERVAL_MS,
      guard(this.#report, () => this.#advise()),
    );
  }

  #assemblerTotals(): typeof NOTHING {
    const now = this.#assembler?.stats;
    if (now === undefined) return this.#past;
    const { lost, duplicates, late, dropped } = this.#past;
    return {
      lost: lost + now.lostPackets,
      duplicates: duplicates + now.duplicatePackets,
      late: late + now.latePackets,
      dropped: dropped + now.droppedFrames,
    };
  }
}

const NOTHING = { lost: 0, duplicates: 0, late: 0, dropped: 0 };
