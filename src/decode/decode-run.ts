/**
 * One FFmpeg child that decodes one stream of one size: coded units in, pictures out. Refuses units when too many are
 * under way; at its end tells which pictures never came.
 */
import type { Clock } from '../clock';
import { ivfFrameHeader, ivfHeader } from '../container/ivf';
import type { IvfFourcc } from '../container/ivf';
import { NutDemuxer } from '../container/nut-demuxer';
import type { NutStream } from '../container/nut-demuxer';
import { decodeArgs } from '../ffmpeg/arguments';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { FfmpegProcess } from '../ffmpeg/process';
import type { FfmpegExit } from '../ffmpeg/process';
import { settleWithin } from '../guard';
import type { Picture, PictureFormat } from '../media/video';
import { InFlight } from './in-flight';

export interface DecodeRunOptions {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  fourcc: IvfFourcc;
  width: number;
  height: number;
  formats: readonly PictureFormat[];
  jpegQuality?: number | undefined;
  /** Units under way; more are refused. */
  maxInFlight: number;
  onPicture(picture: Picture): void;
  /** Overtaken by a later picture, or never given back by the end. */
  onUndecodable(pts90k: number): void;
  /** Once; after the last picture. */
  onEnded(run: DecodeRun, exit: FfmpegExit): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

const MAX_PENDING_INPUT_BYTES = 16 * 1024 * 1024;
const DRAIN_TIMEOUT_MS = 2_000;

export class DecodeRun {
  readonly #options: DecodeRunOptions;
  readonly #inFlight: InFlight;
  readonly #child: FfmpegProcess;
  #draining: Promise<void> | undefined;

  constructor(options: DecodeRunOptions) {
    const { ffmpeg, formats, fourcc, jpegQuality, onChild } = options;
    this.#options = options;
    this.#inFlight = new InFlight(formats.length);
    const outputs = formats.map((format, index) => this.#output(format, index));
    this.#child = new FfmpegProcess(ffmpeg, {
      args: decodeArgs({ ffmpeg, formats, quality: jpegQuality, limitedRange: fourcc === 'VP80' }),
      input: 'pipe',
      outputs: formats.length,
      onOutput: (index, chunk) => outputs[index]?.push(chunk),
      onChild,
      maxPendingInputBytes: MAX_PENDING_INPUT_BYTES,
    });
    this.#child.write(ivfHeader(options));
    void this.#child.exited.then((exit) => {
      for (const pts90k of this.#inFlight.abandon()) options.onUndecodable(pts90k);
      options.onEnded(this, exit);
    });
  }

  /** For how long the oldest unit has been waiting for its picture. */
  get oldestAgeMs(): number {
    const { oldestMs } = this.#inFlight;
    return oldestMs === undefined ? 0 : this.#options.clock.monotonicMs() - oldestMs;
  }

  /** False: refused, because too much is under way or the child has ended. `shown`: a picture is expected. */
  submit(unit: { data: Buffer; pts90k: number; shown: boolean }): boolean {
    if (this.#inFlight.count >= this.#options.maxInFlight) return false;
    if (!this.#child.write(ivfFrameHeader(unit.data.length, unit.pts90k), unit.data)) return false;
    if (unit.shown) this.#inFlight.submit(unit.pts90k, this.#options.clock.monotonicMs());
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

  #output(format: PictureFormat, index: number): NutDemuxer {
    let size: Pick<NutStream, 'width' | 'height'> = this.#options;
    return new NutDemuxer({
      onStream: ({ width, height }) => (size = { width, height }),
      onPacket: ({ data, pts90k }) => {
        for (const lost of this.#inFlight.deliver(index, pts90k)) this.#options.onUndecodable(lost);
        this.#options.onPicture({ format, data, width: size.width, height: size.height, pts90k });
      },
    });
  }
}
