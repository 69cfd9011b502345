/**
 * A camera of this machine: found, asked what it can do, then read by one FFmpeg until it is closed. Its own H.264 is
 * passed on while that qualifies; anything else is encoded to VP8 by the child that reads it, for raw pictures are too
 * many bytes to be carried around. Its end is a failure: cameras have none.
 */
import type { FfmpegExit, FfmpegProcess } from '../ffmpeg/process';
import { guard } from '../guard';
import { DeliveryWatch } from './delivery-watch';
import { findWebcam, webcamName } from './find-webcam';
import { FrameRateMeter } from './frame-rate-meter';
import type { LiveSource, SourceContext } from './live-source';
import { startNutChild } from './nut-child';
import type { NutChildOptions } from './nut-child';
import { encodeDeviceArgs, readDeviceArgs } from './source-arguments';
import type { SourceFacts } from './source-facts';
import { SourceLife } from './source-life';
import type { WebcamSpec } from './spec';
import { VideoRelay } from './video-relay';
import { webcamFailure } from './webcam-failure';
import { parseStreamRate } from './webcam-listing';
import { chooseWebcamMode } from './webcam-mode';
import type { ChosenMode } from './webcam-mode';
import { webcamSystem } from './webcam-system';

/** Exposure and focus take a while in some; a frozen driver takes for ever. */
const LIMITS = { openMs: 15_000, silenceMs: 8_000 };
const FALLBACK_FPS = 30;
/** What FFmpeg says of its input comes first; the rest is not looked at. */
const MAX_LOG_CHARACTERS = 16_384;

/** Why what a camera delivers is not passed on. */
export const REASONS: Record<NonNullable<ChosenMode['codec']>, string> = {
  h264: 'asked for',
  mjpeg: 'codec Motion JPEG',
  raw: 'raw pictures',
};

type Consumer = Pick<NutChildOptions, 'onStream' | 'onPacket'>;

/** Never throws: what goes wrong is told by `opened` and `ended`. */
export function openWebcam(
  spec: WebcamSpec,
  context: SourceContext,
  platform: NodeJS.Platform = process.platform,
): LiveSource {
  return new WebcamSource(spec, context, platform).source;
}

class WebcamSource {
  readonly source: LiveSource;
  readonly #spec: WebcamSpec;
  readonly #context: SourceContext;
  readonly #life = new SourceLife();
  readonly #rate = new FrameRateMeter();
  #reader: FfmpegProcess | undefined;
  #relay: VideoRelay | undefined;
  #watch: DeliveryWatch | undefined;
  #what = 'The webcam';
  #log = '';

  constructor(spec: WebcamSpec, context: SourceContext, platform: NodeJS.Platform) {
    this.#spec = spec;
    this.#context = context;
    this.source = this.#life.source({
      onSink: (isFirst) => this.#relay?.onSink(isFirst),
      encodeInstead: (reason) => this.#relay?.encodeInstead(reason),
      shutDown: async () => {
        this.#watch?.stop();
        await Promise.all([this.#reader?.close(), this.#relay?.close()]);
      },
    });
    this.#open(platform).catch(this.#life.fail);
  }

  async #open(platform: NodeJS.Platform): Promise<void> {
    const { ffmpeg, onChild, clock } = this.#context;
    const webcam = await findWebcam(this.#spec.device, { ffmpeg, onChild, platform });
    if (this.#life.isOver) return;
    this.#what = webcamName(webcam);
    const mode = chooseWebcamMode(webcam.modes, this.#spec);
    const deviceArgs = webcamSystem(platform).inputArgs(webcam.device, mode);
    this.#watch = new DeliveryWatch({
      ...{ clock, what: this.#what, limits: LIMITS },
      onSilent: (error) => this.#life.end(error),
    });
    if (mode.codec === 'h264') this.#read(readDeviceArgs(deviceArgs), this.#copied(mode));
    else this.#read(this.#encodeArgs(deviceArgs, mode), this.#encoded(mode));
  }

  #read(args: readonly string[], consumer: Consumer): void {
    const reader = startNutChild({
      ...{ context: this.#context, args, stopGently: true, ...consumer },
      onStderr: (chunk) => {
        if (this.#log.length < MAX_LOG_CHARACTERS) this.#log += chunk.toString('latin1');
      },
    });
    this.#reader = reader;
    const onExit = (exit: FfmpegExit): void => {
      this.#life.end(webcamFailure(exit, this.#what, this.#life.stats.unitsRead > 0));
    };
    void reader.exited.then(guard(this.#life.fail, onExit));
  }

  #encodeArgs(deviceArgs: readonly string[], { size, fps, maxFps }: ChosenMode): string[] {
    const rate = fps ?? Math.min(maxFps ?? FALLBACK_FPS, FALLBACK_FPS);
    return encodeDeviceArgs(this.#context.ffmpeg, { deviceArgs, encode: { ...size, fps: rate } });
  }

  #copied(mode: ChosenMode): Consumer {
    const { hub, stats } = this.#life;
    const relay = new VideoRelay({
      ...{ context: this.#context, hub, stats, what: this.#what, requested: 'auto' },
      onFacts: (facts) => this.#life.tell(this.#withRate(facts, mode)),
      onFault: (error) => this.#life.end(error),
      onDelivered: () => this.#watch?.heard(),
    });
    this.#relay = relay;
    return { onStream: (stream) => relay.onStream(stream), onPacket: (packet) => relay.onPacket(packet) };
  }

  #encoded(mode: ChosenMode): Consumer {
    const { hub, stats } = this.#life;
    const { clock } = this.#context;
    const reason = mode.codec === null ? 'unknown codec' : REASONS[mode.codec];
    let facts: SourceFacts = { path: 'encoded', reason, codec: 'vp8', width: null, height: null, fps: null };
    return {
      onStream: ({ width, height }) => (facts = { ...facts, width, height }),
      onPacket: ({ data, pts90k, keyframe }) => {
        stats.unitsRead += 1;
        this.#watch?.heard();
        const isMeasured = this.#rate.push(pts90k);
        if (stats.unitsRead === 1 || isMeasured)
          this.#life.tell(this.#withRate({ ...facts, fps: this.#rate.fps }, mode));
        hub.deliver({ codec: 'vp8', data, pts90k, keyframe, capturedAtMs: clock.epochMs() });
      },
    };
  }

  /** What the camera declared, else what was asked of it, else what is measured. */
  #withRate(facts: SourceFacts, mode: ChosenMode): SourceFacts {
    const declared = parseStreamRate(this.#log) ?? mode.fps;
    return { ...facts, fps: declared ?? facts.fps };
  }
}
