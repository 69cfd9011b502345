/**
 * Pictures of one format and size in (JPEG, PNG, raw), VP8 access units out, each at once and with its own timestamp.
 * A picture that FFmpeg cannot decode is told as lost when a later one comes out, or after a while.
 */
import { ivfFrameHeader, ivfHeader } from '../container/ivf';
import type { NutPacket } from '../container/nut-demuxer';
import { frameEncodeArgs } from '../ffmpeg/encode-arguments';
import type { FfmpegExit, FfmpegProcess } from '../ffmpeg/process';
import { settleWithin } from '../guard';
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { AccessUnit } from '../media/video';
import type { SourceContext } from './live-source';
import type { ManualFormat, ManualFrame } from './manual-frame';
import { startNutChild } from './nut-child';

/** A picture that waits for its turn. */
export interface WaitingFrame {
  frame: ManualFrame;
  size: { width: number; height: number };
  capturedAtMs: number;
}

export interface FrameEncoderOptions {
  context: SourceContext;
  format: ManualFormat;
  size: { width: number; height: number };
  fps: number;
  /** Begins with a keyframe; timestamps grow. `waiting` is what went in. */
  onAccessUnit(unit: AccessUnit, waiting: WaitingFrame): void;
  /** Another picture can be taken. */
  onRoom(): void;
  /** So many pictures went in and will not come out. */
  onLost(count: number): void;
}

/** A start of FFmpeg lasts about two pictures at 30 a second. */
const MAX_IN_FLIGHT = 4;
/** A picture that has not come out by then never will. */
const LOST_AFTER_MS = 5_000;
/** For what is inside, once nothing follows. */
const FINISH_LIMIT_MS = 5_000;
/** Finer than 90 kHz, so that a timestamp has room to say "keyframe" (see `pictureEncodeArgs`). */
const STEPS_PER_TICK = 10;
const CLOCK_HZ = STEPS_PER_TICK * VIDEO_CLOCK_HZ;
/** IVF header: the codec's tag, and the denominator of the time base. */
const IVF_TAG_OFFSET = 8;
const IVF_CLOCK_OFFSET = 16;
/** Four raw pictures of 4096 x 4096 with four bytes a pixel, and their headers. */
const MAX_PENDING_BYTES = 257 * 1024 * 1024;
/** What FFmpeg's IVF demuxer and decoders know the formats by. */
const TAGS: Record<ManualFormat, string> = {
  ...{ jpeg: 'MJPG', png: 'MPNG' },
  ...{ bgr24: 'BGR\x18', rgb24: 'RGB\x18', rgba: 'RGBA', gray8: 'Y800' },
};

export class FrameEncoder {
  readonly exited: Promise<FfmpegExit>;
  readonly #options: FrameEncoderOptions;
  readonly #process: FfmpegProcess;
  /** By timestamp, oldest first: what went in, and what stops the wait for it. */
  readonly #inFlight = new Map<number, { waiting: WaitingFrame; cancel: () => void }>();
  #keyframeWanted = true;
  #isFinishing = false;

  constructor(options: FrameEncoderOptions) {
    this.#options = options;
    const { context, format, size, fps } = options;
    this.#process = startNutChild({
      context,
      args: frameEncodeArgs({
        ...{ ffmpeg: context.ffmpeg, format, encode: { ...size, fps } },
        ...{ clockHz: CLOCK_HZ, stepsPerTick: STEPS_PER_TICK },
      }),
      input: 'pipe',
      maxPendingInputBytes: MAX_PENDING_BYTES,
      onStream: () => undefined,
      onPacket: (packet) => this.#onPacket(packet),
    });
    this.exited = this.#process.exited.then((exit) => {
      this.#lose([...this.#inFlight.keys()]);
      return exit;
    });
    const header = ivfHeader({ fourcc: 'MJPG', ...size });
    header.write(TAGS[format], IVF_TAG_OFFSET, 'latin1');
    header.writeUInt32LE(CLOCK_HZ, IVF_CLOCK_OFFSET);
    this.#process.write(header);
  }

  get hasRoom(): boolean {
    return !this.#isFinishing && this.#inFlight.size < MAX_IN_FLIGHT;
  }

  /** Whether it was told to end. */
  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  takes(format: ManualFormat, { width, height }: { width: number; height: number }): boolean {
    const own = this.#options;
    return own.format === format && own.size.width === width && own.size.height === height;
  }

  /** The next picture becomes a keyframe. */
  requestKeyframe(): void {
    this.#keyframeWanted = true;
  }

  /** False: refused. Timestamps must grow; the bytes must not change any more. */
  push(waiting: WaitingFrame, pts90k: number): boolean {
    const { data } = waiting.frame;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const steps = pts90k * STEPS_PER_TICK + (this.#keyframeWanted ? 1 : 0);
    if (!this.#process.write(ivfFrameHeader(bytes.length, steps), bytes)) return false;
    this.#keyframeWanted = false;
    const cancel = this.#options.context.clock.after(LOST_AFTER_MS, () => this.#lose([pts90k]));
    this.#inFlight.set(pts90k, { waiting, cancel });
    return true;
  }

  /** Nothing follows: what is inside comes out, then `exited` resolves. Bounded, idempotent. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#process.endInput();
    void settleWithin(FINISH_LIMIT_MS, this.exited).then(() => this.#process.close());
  }

  close(): Promise<void> {
    for (const { cancel } of this.#inFlight.values()) cancel();
    this.#inFlight.clear();
    return this.#process.close();
  }

  #onPacket({ data, pts90k, keyframe }: NutPacket): void {
    const found = this.#inFlight.get(pts90k);
    // Given up before; its loss was told.
    if (found === undefined) return;
    found.cancel();
    this.#inFlight.delete(pts90k);
    const { waiting } = found;
    this.#options.onAccessUnit({ codec: 'vp8', data, pts90k, keyframe, capturedAtMs: waiting.capturedAtMs }, waiting);
    // They come out in order.
    this.#lose([...this.#inFlight.keys()].filter((pts) => pts < pts90k));
    this.#options.onRoom();
  }

  #lose(keys: readonly number[]): void {
    let lost = 0;
    for (const key of keys) {
      this.#inFlight.get(key)?.cancel();
      if (this.#inFlight.delete(key)) lost += 1;
    }
    if (lost === 0) return;
    // The lost one may have been the keyframe that was asked for.
    this.#keyframeWanted = true;
    this.#options.onLost(lost);
    this.#options.onRoom();
  }
}
