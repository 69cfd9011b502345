/**
 * Received RTP packets of one video stream in, whole frames in order out: reorders, depacketises, unwraps timestamps,
 * and after a loss drops everything up to the next keyframe. Hidden VP8 frames pass like any other. Owns no timer:
 * the caller calls `expire` at `nextDeadlineMs`.
 */
import type { AccessUnit, VideoCodec } from '../media/video';
import type { DepacketizedFrame } from './depacketized-frame';
import { H264Depacketizer } from './h264-depacketizer';
import type { RtpPacket } from './packet';
import { ReorderBuffer } from './reorder-buffer';
import type { ReorderedRun } from './reorder-buffer';
import { TimestampUnwrapper } from './timestamp-unwrapper';
import { Vp8Depacketizer } from './vp8-depacketizer';

export type AssemblerEvent =
  /** `rtpTimestamp` is the 32-bit one of the wire, `accessUnit.pts90k` the same unwrapped. */
  | { kind: 'frame'; accessUnit: AccessUnit; rtpTimestamp: number }
  /**
   * Only a keyframe helps now: ask for one (rate-limited). `packets` were given up; 0 stands for a frame that was
   * dropped because its reference is missing, or because it is too large.
   */
  | { kind: 'loss'; packets: number };

export interface AssemblerStats {
  frames: number;
  /** Whole frames dropped for want of a keyframe. */
  droppedFrames: number;
  oversizedFrames: number;
  lostPackets: number;
  duplicatePackets: number;
  latePackets: number;
}

interface Depacketizer {
  readonly oversized: number;
  push(packet: RtpPacket): DepacketizedFrame[];
  reset(): void;
}

export interface FrameAssemblerOptions {
  codec: VideoCodec;
  /** How long a gap is waited for. */
  reorderMs?: number;
  maxFrameBytes?: number;
}

export class FrameAssembler {
  readonly #codec: VideoCodec;
  readonly #reorder: ReorderBuffer;
  readonly #depacketizer: Depacketizer;
  readonly #timestamps = new TimestampUnwrapper();
  #needsKeyframe = true;
  #frames = 0;
  #droppedFrames = 0;

  constructor(options: FrameAssemblerOptions) {
    const { codec, reorderMs, maxFrameBytes } = options;
    const limits = maxFrameBytes === undefined ? {} : { maxFrameBytes };
    this.#codec = codec;
    this.#reorder = new ReorderBuffer(reorderMs === undefined ? {} : { reorderMs });
    this.#depacketizer = codec === 'vp8' ? new Vp8Depacketizer(limits) : new H264Depacketizer(limits);
  }

  /** Takes a packet as it arrived; `nowMs` is on any clock that never steps back. */
  push(packet: RtpPacket, nowMs: number): AssemblerEvent[] {
    return this.#assemble(this.#reorder.push(packet, nowMs));
  }

  /** Gives up what was waited for too long. */
  expire(nowMs: number): AssemblerEvent[] {
    return this.#assemble(this.#reorder.expire(nowMs));
  }

  /** When `expire` should be called; undefined while nothing is waited for. */
  get nextDeadlineMs(): number | undefined {
    return this.#reorder.nextDeadlineMs;
  }

  get stats(): AssemblerStats {
    return {
      frames: this.#frames,
      droppedFrames: this.#droppedFrames,
      oversizedFrames: this.#depacketizer.oversized,
      lostPackets: this.#reorder.lost,
      duplicatePackets: this.#reorder.duplicates,
      latePackets: this.#reorder.late,
    };
  }

  #assemble(runs: ReorderedRun[]): AssemblerEvent[] {
    const events: AssemblerEvent[] = [];
    for (const { lost, packets } of runs) {
      if (lost > 0) {
        this.#depacketizer.reset();
        this.#loss(lost, events);
      }
      for (const packet of packets) this.#depacketize(packet, events);
    }
    return events;
  }

  #depacketize(packet: RtpPacket, events: AssemblerEvent[]): void {
    const oversizedBefore = this.#depacketizer.oversized;
    for (const frame of this.#depacketizer.push(packet)) this.#frame(frame, events);
    if (this.#depacketizer.oversized > oversizedBefore) this.#loss(0, events);
  }

  #loss(packets: number, events: AssemblerEvent[]): void {
    this.#needsKeyframe = true;
    events.push({ kind: 'loss', packets });
  }

  #frame({ data, keyframe, timestamp }: DepacketizedFrame, events: AssemblerEvent[]): void {
    // Unwrapped even if dropped, so that a long wait for a keyframe cannot hide a wrap.
    const pts90k = this.#timestamps.unwrap(timestamp);
    if (this.#needsKeyframe && !keyframe) {
      this.#droppedFrames += 1;
      this.#loss(0, events);
      return;
    }
    this.#needsKeyframe = false;
    this.#frames += 1;
    const accessUnit: AccessUnit = { codec: this.#codec, data, pts90k, keyframe, capturedAtMs: null };
    events.push({ kind: 'frame', accessUnit, rtpTimestamp: timestamp });
  }
}
