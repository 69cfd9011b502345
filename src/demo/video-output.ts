/**
 * Pictures back to the client: yuv420p in, VP8 over RTP out, one encoder for each picture size in turn. In batch mode a
 * picture waits for its place; in realtime one that finds none is dropped and counted. The RTP faults act here.
 */
import { randomInt } from 'node:crypto';
import type { Clock } from '../clock';
import { type EncodedPicture, PictureEncoder } from '../encode/picture-encoder';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { Picture } from '../media/video';
import type { Peer } from '../peer/peer';
import { VideoSender } from '../transport/video-sender';
import type { DemoFaults } from './faults';
import { RtpFaults, timestampFault } from './rtp-faults';

/** What it works with. */
export interface VideoOutputOptions {
  peer: Pick<Peer, 'sendRtp'>;
  ffmpeg: FfmpegProgram;
  clock: Clock;
  fps: number;
  realtime: boolean;
  faults: () => DemoFaults;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

/** Like every RTP sender, ours starts anywhere (RFC 3550 §5.1); below half the range, far from the first wrap. */
const MAX_ORIGIN = 2 ** 31;
/** Pictures in the encoder at a time; it takes eight. */
const MAX_UNDER_WAY = 6;
/** Only an encoder that died or hangs keeps a picture waiting for so long. */
const PLACE_LIMIT_MS = 2_000;

/** See the file header. */
export class VideoOutput {
  /** Pictures that were not sent. */
  dropped = 0;
  readonly #options: VideoOutputOptions;
  readonly #sender: VideoSender;
  readonly #origin90k = randomInt(MAX_ORIGIN);
  #encoder: PictureEncoder | undefined;
  #size = '';
  #underWay = 0;
  #sent = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  /** Encoders of earlier sizes on their way out. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(options: VideoOutputOptions) {
    this.#options = options;
    const { peer, clock, faults } = options;
    // The real server sends no closing packets and does not move timestamps.
    const quirks = { closingPacket: false, ditherTicks: false };
    this.#sender = new VideoSender({ peer: new RtpFaults(peer, faults), clock, ...quirks });
  }

  /** Encodes and sends a picture; resolves when the next one may come. One caller at a time. */
  async push(picture: Picture): Promise<void> {
    if (!this.#options.realtime && this.#underWay >= MAX_UNDER_WAY) await this.#place();
    if (this.#closed) return;
    if (this.#encoderFor(picture).push(picture)) this.#underWay += 1;
    else this.dropped += 1;
  }

  /** Resolves when everything pushed so far is on its way. Bounded. */
  async flush(): Promise<void> {
    await this.#encoder?.flush();
  }

  /** The client lost its place. */
  requestKeyframe(): void {
    this.#encoder?.requestKeyframe();
  }

  /** Bounded, idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    this.#sender.close();
    await Promise.all([this.#encoder?.close(), ...this.#retiring]);
  }

  async #place(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#options.clock.after(PLACE_LIMIT_MS, resolve);
    });
    this.#wake = undefined;
  }

  #encoderFor(picture: Picture): PictureEncoder {
    const size = `${picture.width}x${picture.height}`;
    if (this.#encoder !== undefined && size === this.#size) return this.#encoder;
    if (this.#encoder !== undefined) this.#retire(this.#encoder);
    this.#size = size;
    this.#underWay = 0;
    this.#encoder = this.#createEncoder(picture);
    return this.#encoder;
  }

  #createEncoder({ width, height }: Picture): PictureEncoder {
    const { ffmpeg, clock, fps, onChild } = this.#options;
    const encoder: PictureEncoder = new PictureEncoder({
      ...{ ffmpeg, clock, fps, onChild, width, height },
      codec: 'vp8',
      onOutput: (output) => {
        if (encoder === this.#encoder) this.#underWay -= 1;
        this.#wake?.();
        this.#send(output);
      },
      onError: () => this.#wake?.(),
    });
    return encoder;
  }

  #send({ data, pts90k, keyframe }: EncodedPicture): void {
    const fault = timestampFault(this.#options.faults(), this.#sent);
    this.#sent += 1;
    const { kind } = this.#sender.send({
      ...{ codec: 'vp8', data, keyframe, capturedAtMs: null },
      pts90k: this.#origin90k + pts90k + fault,
    });
    if (kind === 'sent') return;
    this.dropped += 1;
    // Whatever was not sent leaves the frames after it without their reference.
    this.#encoder?.requestKeyframe();
  }

  /** What the old encoder holds is lost: the client gets a picture of another size anyway. */
  #retire(encoder: PictureEncoder): void {
    const closing = encoder.close().finally(() => this.#retiring.delete(closing));
    this.#retiring.add(closing);
  }
}
