/**
 * Raw yuv420p pictures of one size in, VP8 frames or JPEGs out, each with the exact timestamp of its picture and
 * without waiting for the next one. Newest picture refused when eight are under way. FFmpeg that dies is started
 * again with the next picture; the first frame of each start is a keyframe.
 */
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import { ivfFrameHeader, ivfHeader } from '../container/ivf';
import { NutDemuxer } from '../container/nut-demuxer';
import type { SessionError } from '../errors';
import { mjpegEncodeArgs, pictureEncodeArgs, vp8EncodeArgs } from '../ffmpeg/encode-arguments';
import { explain } from '../ffmpeg/failure';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { FfmpegProcess } from '../ffmpeg/process';
import { RestartLimit } from '../ffmpeg/restart-limit';
import { guard, settleWithin } from '../guard';
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { Picture } from '../media/video';

/** Callbacks may throw: nothing happens then. None is called after `close()`. */
export interface PictureEncoderOptions {
  ffmpeg: FfmpegProgram;
  codec: 'vp8' | 'mjpeg';
  width: number;
  height: number;
  /** About how many pictures a second will come; for the bit rate and the keyframe interval. */
  fps: number;
  onOutput(output: EncodedPicture): void;
  /** FFmpeg keeps dying, and the encoder has given up. Once. */
  onError(error: SessionError): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
  /** VP8; default by size and rate. */
  bitrateBps?: number | undefined;
  /** JPEG, 2 (best) to 31; default 4. */
  jpegQuality?: number | undefined;
  clock?: Clock;
}

/** A VP8 frame or a JPEG. */
export interface EncodedPicture {
  /** Its own ArrayBuffer; belongs to the callee. */
  data: Buffer;
  pts90k: number;
  keyframe: boolean;
}

/** Counters since the start. */
export interface PictureEncoderStats {
  encoded: number;
  /** Too many under way, time not after the one before, wrong size or format, given up or closed. */
  refused: number;
  /** Taken and lost with an FFmpeg that died. */
  lost: number;
  deaths: number;
}

/** A start of FFmpeg lasts about two pictures at 30 a second. */
const MAX_IN_FLIGHT = 8;
const DRAIN_TIMEOUT_MS = 2_000;
/** Finer than 90 kHz, so that a timestamp has room to say "keyframe": remainder 1 of the ten steps of a tick. */
const STEPS_PER_TICK = 10;
const CLOCK_HZ = STEPS_PER_TICK * VIDEO_CLOCK_HZ;
/** IVF header: denominator of the time base. */
const IVF_CLOCK_OFFSET = 16;

interface Run {
  child: FfmpegProcess;
  inFlight: number;
}

export class PictureEncoder {
  readonly stats: PictureEncoderStats = { encoded: 0, refused: 0, lost: 0, deaths: 0 };

  readonly #options: PictureEncoderOptions;
  readonly #clock: Clock;
  readonly #pictureBytes: number;
  readonly #restarts = new RestartLimit();
  /** All children that live, those included that only give their last frames. */
  readonly #children = new Set<FfmpegProcess>();
  #run: Run | undefined;
  #state: 'open' | 'failed' | 'closed' = 'open';
  #lastPts90k = -Infinity;
  #keyframeWanted = false;

  constructor(options: PictureEncoderOptions) {
    const { width, height } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pictureBytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  }

  /** False: refused (see `stats.refused`). The picture's data must not change any more. */
  push(picture: Picture): boolean {
    if (!this.#fits(picture)) return this.#refuse();
    const run = (this.#run ??= this.#start());
    if (run.inFlight >= MAX_IN_FLIGHT) return this.#refuse();
    const steps = picture.pts90k * STEPS_PER_TICK + (this.#keyframeWanted ? 1 : 0);
    if (!run.child.write(ivfFrameHeader(picture.data.length, steps), picture.data)) return this.#refuse();
    run.inFlight += 1;
    this.#lastPts90k = picture.pts90k;
    this.#keyframeWanted = false;
    return true;
  }

  /** The next picture becomes a keyframe. */
  requestKeyframe(): void {
    this.#keyframeWanted = true;
  }

  /** Resolves when everything taken so far is out. The next picture starts anew. Bounded; never rejects. */
  async flush(): Promise<void> {
    this.#run?.child.endInput();
    this.#run = undefined;
    await Promise.all(
      Array.from(this.#children, async (child) => {
        await settleWithin(DRAIN_TIMEOUT_MS, child.exited);
        await child.close();
      }),
    );
  }

  /** Ends FFmpeg; nothing is told from now on. Idempotent, bounded. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#run = undefined;
    await Promise.all(Array.from(this.#children, (child) => child.close()));
  }

  #fits({ format, data, width, height, pts90k }: Picture): boolean {
    const own = this.#options;
    const sameSize = width === own.width && height === own.height && data.length === this.#pictureBytes;
    return this.#state === 'open' && format === 'yuv420p' && sameSize && pts90k > this.#lastPts90k;
  }

  #refuse(): false {
    this.stats.refused += 1;
    return false;
  }

  #start(): Run {
    const { ffmpeg, codec, width, height, onChild, jpegQuality } = this.#options;
    const output = guard(ignore, (encoded: EncodedPicture) => this.#options.onOutput(encoded));
    const demuxer = new NutDemuxer({
      onStream: ignore,
      onPacket: ({ data, pts90k, keyframe }) => {
        run.inFlight -= 1;
        if (this.#state === 'closed') return;
        this.stats.encoded += 1;
        output({ data, pts90k, keyframe });
      },
    });
    const codecArgs =
      codec === 'vp8' ? vp8EncodeArgs(this.#options) : mjpegEncodeArgs({ quality: jpegQuality, limitedRange: true });
    const child = new FfmpegProcess(ffmpeg, {
      args: pictureEncodeArgs({ ffmpeg, codecArgs, clockHz: CLOCK_HZ, stepsPerTick: STEPS_PER_TICK }),
      input: 'pipe',
      outputs: 1,
      onOutput: (_index, chunk) => demuxer.push(chunk),
      onChild,
    });
    const run: Run = { child, inFlight: 0 };
    const header = ivfHeader({ fourcc: 'I420', width, height });
    header.writeUInt32LE(CLOCK_HZ, IVF_CLOCK_OFFSET);
    child.write(header);
    this.#watch(run);
    return run;
  }

  #watch(run: Run): void {
    this.#children.add(run.child);
    void run.child.exited.then((exit) => {
      this.#children.delete(run.child);
      this.stats.lost += run.inFlight;
      if (run !== this.#run) return;
      this.#run = undefined;
      const mayRestart = this.#restarts.allowsAfterDeath(this.#clock.monotonicMs());
      this.stats.deaths = this.#restarts.deaths;
      if (mayRestart) return;
      this.#state = 'failed';
      guard(ignore, () => this.#options.onError(explain(exit, 'The video encoder')))();
    });
  }
}

function ignore(): void {
  // Nobody is left to tell, or there is nothing to know.
}
