/**
 * One FFmpeg child that decodes one stream of one size: coded units in, pictures out, each in the shapes that were
 * wanted of it. May be started before there is a stream. Refuses units when too many are under way; at its end tells
 * which pictures never came.
 */
import type { Clock } from '../clock';
import { ivfFrameHeader, ivfHeader } from '../container/ivf';
import type { IvfFourcc } from '../container/ivf';
import { NutDemuxer } from '../container/nut-demuxer';
import type { NutStream } from '../container/nut-demuxer';
import { decodeArgs, selectionSteps } from '../ffmpeg/decode-arguments';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { FfmpegProcess } from '../ffmpeg/process';
import type { FfmpegExit } from '../ffmpeg/process';
import { settleWithin } from '../guard';
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { Picture, PictureShape } from '../media/video';
import { InFlight } from './in-flight';

export interface DecodeRunOptions {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  fourcc: IvfFourcc;
  shapes: readonly PictureShape[];
  /** Left out: every picture is made in every shape. */
  onSkipped?: ((pts90k: number) => void) | undefined;
  /** Units under way; more are refused. */
  maxInFlight: number;
  /** `shape`: its place in `shapes`. */
  onPicture(picture: Picture, shape: number): void;
  /** Overtaken by a later picture, or never given back by the end. */
  onUndecodable(pts90k: number): void;
  /** Once; after the last picture. */
  onEnded(run: DecodeRun, exit: FfmpegExit): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

const MAX_PENDING_INPUT_BYTES = 16 * 1024 * 1024;
const DRAIN_TIMEOUT_MS = 2_000;

/** What FFmpeg is told before the first picture says more. */
const UNKNOWN_SIZE = { width: 16, height: 16 };

export class DecodeRun {
  readonly #options: DecodeRunOptions;
  readonly #inFlight = new InFlight();
  readonly #child: FfmpegProcess;
  readonly #stepsPerTick: number;
  #size: { width: number; height: number } | undefined;
  #draining: Promise<void> | undefined;

  constructor(options: DecodeRunOptions) {
    const { ffmpeg, shapes, fourcc, onSkipped, onChild } = options;
    this.#options = options;
    const selective = onSkipped !== undefined;
    this.#stepsPerTick = selective ? selectionSteps(shapes.length) : 1;
    const outputs = shapes.map((shape, index) => this.#output(shape, index));
    if (selective) outputs.push(this.#signsOfLife(onSkipped));
    this.#child = new FfmpegProcess(ffmpeg, {
      args: decodeArgs({ ffmpeg, shapes, limitedRange: fourcc === 'VP80', selective }),
      input: 'pipe',
      outputs: outputs.length,
      onOutput: (index, chunk) => outputs[index]?.push(chunk),
      onChild,
      maxPendingInputBytes: MAX_PENDING_INPUT_BYTES,
    });
    void this.#child.exited.then((exit) => {
      for (const pts90k of this.#inFlight.abandon()) options.onUndecodable(pts90k);
      options.onEnded(this, exit);
    });
  }

  /** The stream begins; once, before the first unit. `size`: undefined where the unit that begins it does not tell. */
  begin(size: { width: number; height: number } | undefined): void {
    this.#size = size;
    const clockHz = VIDEO_CLOCK_HZ * this.#stepsPerTick;
    this.#child.write(ivfHeader({ fourcc: this.#options.fourcc, ...(size ?? UNKNOWN_SIZE), clockHz }));
  }

  /** For how long the oldest unit has been waiting for its picture. */
  get oldestAgeMs(): number {
    const { oldestMs } = this.#inFlight;
    return oldestMs === undefined ? 0 : this.#options.clock.monotonicMs() - oldestMs;
  }

  /**
   * False: refused, because too much is under way or the child has ended. `shown`: a picture is expected; `wanted`: bit
   * k is set where it is wanted in shape k.
   */
  submit(unit: { data: Buffer; pts90k: number; shown: boolean; wanted: number }): boolean {
    const { shapes, maxInFlight, onSkipped, clock } = this.#options;
    if (this.#inFlight.count >= maxInFlight) return false;
    const all = 2 ** shapes.length - 1;
    const wanted = onSkipped === undefined ? all : unit.wanted & all;
    const steps = unit.pts90k * this.#stepsPerTick + (onSkipped === undefined ? 0 : wanted);
    if (!this.#child.write(ivfFrameHeader(unit.data.length, steps), unit.data)) return false;
    const outputs = wanted === 0 ? 2 ** shapes.length : wanted;
    if (unit.shown) this.#inFlight.submit(unit.pts90k, outputs, clock.monotonicMs());
    return true;
  }

  /** No more units: resolves when everything under way is told and the child is gone. Bounded; never rejects. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** Ends at once; pictures under way are told as undecodable. */
  close(): Promise<void> {
    return this.#child.close();
  }

  async #drain(): Promise<void> {
    this.#child.endInput();
    await settleWithin(DRAIN_TIMEOUT_MS, this.#child.exited);
    await this.#child.close();
  }

  #output({ format, fit }: PictureShape, index: number): NutDemuxer {
    let size: Pick<NutStream, 'width' | 'height'> = UNKNOWN_SIZE;
    return new NutDemuxer({
      onStream: ({ width, height }) => (size = { width, height }),
      onPacket: ({ data, pts90k }) => {
        this.#delivered(index, pts90k);
        const source = fit === undefined ? undefined : this.#size;
        this.#options.onPicture({ format, data, width: size.width, height: size.height, pts90k, source }, index);
      },
    });
  }

  #signsOfLife(onSkipped: (pts90k: number) => void): NutDemuxer {
    return new NutDemuxer({
      onStream: () => undefined,
      onPacket: ({ pts90k }) => {
        this.#delivered(this.#options.shapes.length, pts90k);
        onSkipped(pts90k);
      },
    });
  }

  #delivered(output: number, pts90k: number): void {
    for (const lost of this.#inFlight.deliver(output, pts90k)) this.#options.onUndecodable(lost);
  }
}
