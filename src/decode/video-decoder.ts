/**
 * Coded pictures in (VP8, H.264, JPEG), decoded ones out with their exact timestamps. Every shown unit gives one
 * picture in each wanted shape, one `onSkipped` where none is, or one `onUndecodable`. Starts FFmpeg at a keyframe and again after whatever went wrong;
 * never holds more than `maxInFlight` units: when FFmpeg is slower, everything up to the next keyframe is dropped.
 */
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { explain } from '../ffmpeg/failure';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { FfmpegExit } from '../ffmpeg/process';
import { RestartLimit } from '../ffmpeg/restart-limit';
import { guard } from '../guard';
import type { Picture, PictureShape } from '../media/video';
import { FOURCC, inspectUnit } from './coded-unit';
import type { CodedUnit, UnitFacts } from './coded-unit';
import { DecodeRun } from './decode-run';

/** Callbacks may throw: it is told to `onError`. None is called after `close()`. */
export interface VideoDecoderOptions {
  ffmpeg: FfmpegProgram;
  /** At most 12; each that is wanted of a unit costs an encoding. */
  shapes: readonly PictureShape[];
  /** `shape`: its place in `shapes`. */
  onPicture(picture: Picture, shape: number): void;
  /** A unit of which no picture was wanted has been decoded. Left out: every unit is wanted in every shape. */
  onSkipped?: ((pts90k: number) => void) | undefined;
  /** A shown unit that will never be a picture: damaged, dropped, or lost with its FFmpeg. Once for each. */
  onUndecodable(pts90k: number): void;
  /** Nothing more can be decoded before a keyframe, or a damaged picture went by. Called often: limit the rate. */
  onNeedKeyframe(): void;
  /** `FFMPEG_FAILED`: FFmpeg keeps dying, and the decoder has given up. */
  onError(error: SessionError): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
  /** Units under way at once. Default 32: about a second, for what is older is of no use to a live picture. */
  maxInFlight?: number | undefined;
  clock?: Clock;
}

/** Counters since the start. */
export interface VideoDecoderStats {
  /** Shown units that came in. */
  units: number;
  pictures: number;
  /** Decoded, and wanted in no shape. */
  skipped: number;
  undecodable: number;
  /** Of the undecodable ones: never given to FFmpeg, because it was behind or no keyframe had come. */
  dropped: number;
  /** How often FFmpeg ended although it should not have. */
  deaths: number;
}

/** FFmpeg that gives nothing back for so long while its queue is full is stuck and gets replaced. */
const STUCK_AFTER_MS = 5_000;
const DEFAULT_MAX_IN_FLIGHT = 32;

export class VideoDecoder {
  readonly stats: VideoDecoderStats = { units: 0, pictures: 0, skipped: 0, undecodable: 0, dropped: 0, deaths: 0 };

  readonly #options: VideoDecoderOptions;
  readonly #clock: Clock;
  readonly #tell: {
    picture(picture: Picture, shape: number): void;
    skipped(pts90k: number): void;
    undecodable(pts90k: number): void;
    needKeyframe(): void;
  };
  #shapes: readonly PictureShape[];
  #state: 'awaiting-keyframe' | 'running' | 'failed' | 'closed' = 'awaiting-keyframe';
  /** The child that takes units; others may still be giving their last pictures. */
  #run: DecodeRun | undefined;
  /** Started ahead of its stream. */
  #spare: { codec: CodedUnit['codec']; run: DecodeRun } | undefined;
  readonly #runs = new Set<DecodeRun>();
  /** Codec and size of the run. */
  #stream = '';
  #lastPts90k = -Infinity;
  readonly #restarts = new RestartLimit();

  constructor(options: VideoDecoderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#shapes = options.shapes;
    const report = (thrown: unknown): void => this.#fail(SessionError.from(thrown));
    this.#tell = {
      picture: guard(report, (picture: Picture, shape: number) => options.onPicture(picture, shape)),
      skipped: guard(report, (pts90k: number) => options.onSkipped?.(pts90k)),
      undecodable: guard(report, (pts90k: number) => options.onUndecodable(pts90k)),
      needKeyframe: guard(report, () => options.onNeedKeyframe()),
    };
  }

  /** Starts FFmpeg ahead of a stream of this codec, which takes it a tenth of a second and more. Once at most. */
  prepare(codec: CodedUnit['codec']): void {
    if (this.#state !== 'awaiting-keyframe' || this.#run !== undefined || this.#spare !== undefined) return;
    this.#spare = { codec, run: this.#newRun(codec) };
  }

  /**
   * Takes one unit; its data belongs to the decoder from now on. `wanted`: bit k is set where its picture is wanted in
   * shape k; it counts only with `onSkipped`. Ignored after `close()`.
   */
  push(unit: CodedUnit, wanted = 0): void {
    if (this.#state === 'closed') return;
    const facts = inspectUnit(unit);
    if (facts?.shown !== false) this.stats.units += 1;
    if (facts === undefined) this.#drop(unit, true);
    else if (this.#state === 'failed') this.#drop(unit, facts.shown);
    else this.#accept(unit, { ...facts, wanted });
  }

  /** Other shapes from the next keyframe on. */
  setShapes(shapes: readonly PictureShape[]): void {
    if (JSON.stringify(shapes) === JSON.stringify(this.#shapes)) return;
    this.#shapes = shapes;
    this.#dropSpare();
    if (this.#run === undefined) return;
    this.#startOver();
    this.#tell.needKeyframe();
  }

  /** Resolves when everything pushed so far has been told. The next keyframe starts anew. Bounded; never rejects. */
  async flush(): Promise<void> {
    this.#startOver();
    const begun = [...this.#runs].filter((run) => run !== this.#spare?.run);
    await Promise.all(begun.map((run) => run.drain()));
  }

  /** Ends all children; nothing is told from now on. Idempotent, bounded. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#run = undefined;
    this.#spare = undefined;
    await Promise.all(Array.from(this.#runs, (run) => run.close()));
  }

  #accept(unit: CodedUnit, facts: UnitFacts & { wanted: number }): void {
    const { shown, wanted } = facts;
    // Only a stream that began anew goes back in time, and what follows builds on pictures that are not there.
    const wentBack = shown && unit.pts90k <= this.#lastPts90k;
    if (wentBack) this.#startOver();
    if (facts.keyframe) this.#prepareRun(unit, facts);
    if (this.#state !== 'running') {
      this.#drop(unit, shown);
      this.#tell.needKeyframe();
      return;
    }
    if (this.#run?.submit({ data: unit.data, pts90k: unit.pts90k, shown, wanted }) === true) {
      if (shown) this.#lastPts90k = unit.pts90k;
      return;
    }
    this.#drop(unit, shown);
    this.#overrun();
  }

  /** At a keyframe: goes on with the child there is, or starts one that fits. */
  #prepareRun(unit: CodedUnit, { size }: UnitFacts): void {
    const stream = size ? `${unit.codec} ${size.width}x${size.height}` : this.#stream;
    const fits = this.#run !== undefined && stream === this.#stream && stream.startsWith(unit.codec);
    this.#state = 'running';
    if (fits) return;
    this.#retire();
    this.#stream = stream.startsWith(unit.codec) ? stream : unit.codec;
    this.#run = this.#takeSpare(unit.codec) ?? this.#newRun(unit.codec);
    this.#run.begin(size);
  }

  #takeSpare(codec: CodedUnit['codec']): DecodeRun | undefined {
    const spare = this.#spare;
    if (spare?.codec !== codec) {
      this.#dropSpare();
      return undefined;
    }
    this.#spare = undefined;
    return spare.run;
  }

  #dropSpare(): void {
    void this.#spare?.run.close();
    this.#spare = undefined;
  }

  #newRun(codec: CodedUnit['codec']): DecodeRun {
    const { ffmpeg, onChild, onSkipped } = this.#options;
    const run = new DecodeRun({
      ...{ ffmpeg, onChild },
      maxInFlight: this.#options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT,
      clock: this.#clock,
      fourcc: FOURCC[codec],
      shapes: this.#shapes,
      onPicture: (picture, shape) => {
        if (this.#state === 'closed') return;
        this.stats.pictures += 1;
        this.#tell.picture(picture, shape);
      },
      ...(onSkipped === undefined ? {} : { onSkipped: (pts90k) => this.#skipped(pts90k) }),
      onUndecodable: (pts90k) => {
        this.#countUndecodable(pts90k);
        if (this.#state === 'running') this.#tell.needKeyframe();
      },
      onEnded: (ended, exit) => this.#onEnded(ended, exit),
    });
    this.#runs.add(run);
    return run;
  }

  /** FFmpeg is behind: what comes now is too late anyway, up to the next keyframe. */
  #overrun(): void {
    this.#state = 'awaiting-keyframe';
    const run = this.#run;
    if (run !== undefined && run.oldestAgeMs > STUCK_AFTER_MS) {
      this.#run = undefined;
      void run.close();
      this.#countDeath(
        new SessionError('FFMPEG_FAILED', 'The video decoder: FFmpeg stopped answering.', { retry: true }),
      );
    }
    this.#tell.needKeyframe();
  }

  #startOver(): void {
    this.#retire();
    if (this.#state === 'running') this.#state = 'awaiting-keyframe';
  }

  /** Lets the current child give its last pictures and end. */
  #retire(): void {
    void this.#run?.drain();
    this.#run = undefined;
    this.#lastPts90k = -Infinity;
  }

  #onEnded(run: DecodeRun, exit: FfmpegExit): void {
    this.#runs.delete(run);
    if (run === this.#spare?.run) this.#spare = undefined;
    if (run !== this.#run || this.#state === 'closed') return;
    this.#run = undefined;
    this.#lastPts90k = -Infinity;
    this.#state = 'awaiting-keyframe';
    this.#countDeath(explain(exit, 'The video decoder'));
  }

  /** One death is mended at the next keyframe; several in a row are told and the end. */
  #countDeath(error: SessionError): void {
    const mayRestart = this.#restarts.allowsAfterDeath(this.#clock.monotonicMs());
    this.stats.deaths = this.#restarts.deaths;
    if (mayRestart) {
      this.#tell.needKeyframe();
      return;
    }
    this.#state = 'failed';
    this.#fail(error);
  }

  #drop(unit: CodedUnit, shown: boolean): void {
    if (!shown) return;
    this.stats.dropped += 1;
    this.#countUndecodable(unit.pts90k);
  }

  #skipped(pts90k: number): void {
    if (this.#state === 'closed') return;
    this.stats.skipped += 1;
    this.#tell.skipped(pts90k);
  }

  #countUndecodable(pts90k: number): void {
    if (this.#state === 'closed') return;
    this.stats.undecodable += 1;
    this.#tell.undecodable(pts90k);
  }

  #fail(error: SessionError): void {
    if (this.#state === 'closed') return;
    guard(ignore, () => this.#options.onError(error))();
  }
}

function ignore(): void {
  // Whoever throws while being told of an error has nobody left to tell.
}
