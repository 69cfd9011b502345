/** RTP packets in, decoded pictures into the intake; timestamps start at 0 with the first picture (as aiortc's do). */
import type { Clock } from '../clock';
import { VideoDecoder } from '../decode/video-decoder';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { VideoCodec } from '../media/video';
import type { Peer } from '../peer/peer';
import type { RtpPacket } from '../rtp/packet';
import { VideoReceiver } from '../transport/video-receiver';
import type { FrameIntake } from './frame-intake';

/** What it works with. */
export interface LiveInputOptions {
  peer: Pick<Peer, 'requestKeyframe' | 'sendRemb'>;
  ffmpeg: FfmpegProgram;
  clock: Clock;
  intake: FrameIntake;
  /** The decoder has given up: the session cannot go on. */
  onFailed(): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

/** See the file header. */
export class LiveInput {
  readonly #receiver: VideoReceiver;
  readonly #decoder: VideoDecoder;
  #origin90k: number | undefined;

  constructor(options: LiveInputOptions) {
    const { peer, ffmpeg, clock, intake, onChild } = options;
    this.#receiver = new VideoReceiver({
      peer,
      clock,
      onFrame: ({ accessUnit, rtpTimestamp90k }) => {
        this.#origin90k ??= rtpTimestamp90k;
        const { codec, data, keyframe } = accessUnit;
        this.#decoder.push({ codec, data, keyframe, pts90k: rtpTimestamp90k - this.#origin90k });
      },
    });
    this.#decoder = new VideoDecoder({
      ffmpeg,
      clock,
      shapes: [{ format: 'yuv420p' }],
      onPicture: (picture) => {
        const { width, height } = picture;
        intake.offer({ picture, receivedAtMs: clock.epochMs(), width, height });
      },
      onUndecodable: () => undefined,
      onNeedKeyframe: () => this.#receiver.requestKeyframe(),
      onError: () => options.onFailed(),
      onChild,
    });
  }

  /** Takes a packet as it arrived. */
  push(codec: VideoCodec, packet: RtpPacket): void {
    this.#receiver.push(codec, packet);
  }

  /** Bounded, idempotent. */
  close(): Promise<void> {
    this.#receiver.close();
    return this.#decoder.close();
  }
}
