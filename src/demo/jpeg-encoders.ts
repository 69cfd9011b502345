/**
 * Pictures of any size in, JPEGs out, one at a time and in order. One FFmpeg for each size, at most four: a further
 * size ends the one that has been idle longest.
 */
import type { Clock } from '../clock';
import { PictureEncoder } from '../encode/picture-encoder';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { Picture } from '../media/video';

/** What it works with. */
export interface JpegEncodersOptions {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

const MAX_ENCODERS = 4;
/** Only an FFmpeg that died or hangs takes so long. */
const ENCODE_LIMIT_MS = 5_000;

interface SizedEncoder {
  encoder: PictureEncoder;
  /** Counts pictures: the encoder wants rising times. */
  count: number;
  waiting: Map<number, (jpeg: Buffer | Error) => void>;
}

/** See the file header. */
export class JpegEncoders {
  readonly #options: JpegEncodersOptions;
  /** In order of last use. */
  readonly #encoders = new Map<string, SizedEncoder>();
  readonly #retiring = new Set<Promise<void>>();
  #closed = false;

  constructor(options: JpegEncodersOptions) {
    this.#options = options;
  }

  /** Rejects when the encoder fails, does not answer within 5 s, or is closed. */
  encode(picture: Picture): Promise<Buffer> {
    if (this.#closed) return Promise.reject(new Error('The encoder is closed'));
    const sized = this.#encoderFor(picture);
    const pts90k = sized.count;
    sized.count += 1;
    return new Promise((resolve, reject) => {
      const settle = (result: Buffer | Error): void => {
        cancel();
        sized.waiting.delete(pts90k);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const cancel = this.#options.clock.after(ENCODE_LIMIT_MS, () => settle(new Error('The encoder does not answer')));
      sized.waiting.set(pts90k, settle);
      if (!sized.encoder.push({ ...picture, pts90k })) settle(new Error('The encoder takes no picture'));
    });
  }

  /** Ends all children. Bounded, idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const sized of this.#encoders.values()) this.#retire(sized);
    this.#encoders.clear();
    await Promise.all(this.#retiring);
  }

  #encoderFor(picture: Picture): SizedEncoder {
    const size = `${picture.width}x${picture.height}`;
    const known = this.#encoders.get(size);
    this.#encoders.delete(size);
    const sized = known ?? this.#create(picture);
    this.#encoders.set(size, sized);
    const [oldest] = this.#encoders;
    if (oldest !== undefined && this.#encoders.size > MAX_ENCODERS) {
      this.#encoders.delete(oldest[0]);
      this.#retire(oldest[1]);
    }
    return sized;
  }

  #create({ width, height }: Picture): SizedEncoder {
    const waiting: SizedEncoder['waiting'] = new Map();
    const { ffmpeg, clock, onChild } = this.#options;
    const encoder = new PictureEncoder({
      ...{ ffmpeg, clock, onChild, width, height },
      codec: 'mjpeg',
      fps: 30,
      onOutput: ({ data, pts90k }) => waiting.get(pts90k)?.(data),
      onError: (error) => {
        for (const settle of [...waiting.values()]) settle(error);
      },
    });
    return { encoder, count: 0, waiting };
  }

  #retire({ encoder, waiting }: SizedEncoder): void {
    for (const settle of [...waiting.values()]) settle(new Error('The encoder is closed'));
    const closing = encoder.close().finally(() => this.#retiring.delete(closing));
    this.#retiring.add(closing);
  }
}
