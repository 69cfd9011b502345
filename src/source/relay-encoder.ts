/**
 * An FFmpeg that encodes a running stream: compressed packets in, VP8 access units out, each picture with its own
 * timestamp. When it cannot keep up, whole groups of pictures are left out: from the packet that found 8 MiB waiting
 * to the next keyframe that finds less than half of it.
 */
import type { NutPacket, NutStream } from '../container/nut-demuxer';
import type { FfmpegExit, FfmpegProcess } from '../ffmpeg/process';
import type { AccessUnit } from '../media/video';
import type { TimedPacket } from './gop-buffer';
import type { SourceContext } from './live-source';
import { startNutChild } from './nut-child';
import { nutHeader, nutPacketHeader } from './nut-muxer';
import { encodeNutArgs } from './source-arguments';

/** Two seconds of a camera at 32 Mbit/s. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** Pictures inside FFmpeg at a time: a handful; B-frames add up to 16. */
const MAX_REMEMBERED_TIMES = 512;
const FALLBACK_FPS = 25;

export interface RelayEncoderOptions {
  context: SourceContext;
  stream: NutStream;
  /** Pictures up to here are decoded only, because they were sent already. */
  afterPts90k: number | null;
  fps: number | null;
  /** The size of the encoded pictures is known. */
  onSize(size: { width: number; height: number }): void;
  /** Begins with a keyframe; timestamps grow. */
  onAccessUnit(unit: AccessUnit): void;
}

export class RelayEncoder {
  readonly exited: Promise<FfmpegExit>;
  /** Access units that came out. */
  unitsOut = 0;
  /** Packets left out. */
  dropped = 0;

  readonly #options: RelayEncoderOptions;
  readonly #process: FfmpegProcess;
  /** When the picture of a timestamp was read; oldest first. */
  readonly #readAtMs = new Map<number, number>();
  #headerWritten = false;
  #skipping = true;

  constructor(options: RelayEncoderOptions) {
    this.#options = options;
    const { context, stream, afterPts90k } = options;
    const encode = { width: stream.width, height: stream.height, fps: options.fps ?? FALLBACK_FPS };
    this.#process = startNutChild({
      context,
      args: encodeNutArgs(context.ffmpeg, { afterPts90k, encode }),
      input: 'pipe',
      maxPendingInputBytes: MAX_PENDING_BYTES,
      onStream: ({ width, height }) => options.onSize({ width, height }),
      onPacket: (packet) => this.#onPacket(packet),
    });
    this.exited = this.#process.exited;
  }

  /** The first one has to be a keyframe; others are left out until one comes. */
  push(packet: TimedPacket): void {
    if (this.#skipping && !(packet.keyframe && this.#process.pendingInputBytes <= MAX_PENDING_BYTES / 2)) {
      this.dropped += 1;
      return;
    }
    const header = this.#headerWritten ? [] : [nutHeader(this.#options.stream, packet.pts90k)];
    this.#skipping = !this.#process.write(...header, nutPacketHeader(packet), packet.data);
    if (this.#skipping) {
      this.dropped += 1;
      return;
    }
    this.#headerWritten = true;
    this.#remember(packet);
  }

  /** Nothing follows: what is inside comes out, then `exited` resolves. */
  endInput(): void {
    this.#process.endInput();
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  #onPacket({ pts90k, keyframe, data }: NutPacket): void {
    this.unitsOut += 1;
    const capturedAtMs = this.#readAtMs.get(pts90k) ?? null;
    this.#readAtMs.delete(pts90k);
    this.#options.onAccessUnit({ codec: 'vp8', data, pts90k, keyframe, capturedAtMs });
  }

  #remember({ pts90k, readAtMs }: TimedPacket): void {
    this.#readAtMs.set(pts90k, readAtMs);
    if (this.#readAtMs.size <= MAX_REMEMBERED_TIMES) return;
    for (const oldest of this.#readAtMs.keys()) {
      this.#readAtMs.delete(oldest);
      return;
    }
  }
}
