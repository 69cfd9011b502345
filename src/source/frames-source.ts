/**
 * Pictures that a program hands in, one by one, whenever it likes: a queue of ten in front of one FFmpeg, VP8 out. The
 * oldest is dropped when the queue is full. It has no end of its own and may be silent for ever; while nobody watches
 * the newest ten wait. A picture of another size or format waits for what is under way and gets another FFmpeg.
 */
import { SessionError } from '../errors';
import type { FfmpegExit } from '../ffmpeg/process';
import { explain } from '../ffmpeg/failure';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { RestartLimit } from '../ffmpeg/restart-limit';
import { guard } from '../guard';
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { AccessUnit } from '../media/video';
import { FrameEncoder } from './frame-encoder';
import type { WaitingFrame } from './frame-encoder';
import type { LiveSource, SourceContext, SourceSink } from './live-source';
import type { ManualFrame } from './manual-frame';
import { manualFrameSize } from './manual-frame';
import { SourceLife } from './source-life';
import type { FramesSpec } from './spec';

/** A source that is fed. */
export interface FramesSource extends LiveSource {
  /** Takes a picture; its bytes must not change any more. */
  push(frame: ManualFrame): void;
}

/** Pictures can come before FFmpeg has been found. */
export interface FramesContext extends Omit<SourceContext, 'ffmpeg'> {
  ffmpeg: () => Promise<FfmpegProgram>;
  /** Pictures were handed in that cannot be used. */
  onWarning(error: SessionError): void;
}

/** As upstream's (protocol.md C.1). */
const QUEUE_LIMIT = 10;
/** Raw pictures are large: four of 4096 x 4096. */
const QUEUE_BYTES = 256 * 1024 * 1024;
/** For the bit rate, which is shared among the pictures of a second: rare ones are no larger than these. */
const MIN_ENCODER_FPS = 10;
const KEYFRAME_INTERVAL_MS = 2_000;
const TICKS_PER_MS = VIDEO_CLOCK_HZ / 1_000;
const REASON = 'the frames are handed in';

/** Never throws: what goes wrong is told by `opened` and `ended`. */
export function openFrames(spec: FramesSpec, context: FramesContext): FramesSource {
  return new Frames(spec, context).source;
}

class Frames {
  readonly source: FramesSource;
  readonly #context: FramesContext;
  readonly #spec: FramesSpec;
  readonly #life = new SourceLife();
  readonly #restarts = new RestartLimit();
  #ffmpeg: FfmpegProgram | undefined;
  #queue: WaitingFrame[] = [];
  #watchers = 0;
  #encoder: FrameEncoder | undefined;
  #lastPts90k = -Infinity;
  #lastKeyframeMs = -Infinity;
  /** What follows a picture that was not sent needs a keyframe of its own. */
  #isBroken = false;

  constructor(spec: FramesSpec, context: FramesContext) {
    this.#context = context;
    this.#spec = spec;
    const source = this.#life.source({
      onSink: () => undefined,
      encodeInstead: (reason) => this.#tooLarge(reason),
      shutDown: async () => {
        this.#queue = [];
        await this.#encoder?.close();
      },
    });
    this.source = {
      ...source,
      attach: (sink) => this.#attach(source, sink),
      push: guard(this.#life.fail, (frame: ManualFrame) => this.#push(frame)),
    };
    context.ffmpeg().then(
      guard(this.#life.fail, (ffmpeg) => {
        this.#ffmpeg = ffmpeg;
        this.#tellSize(null);
        this.#pump();
      }),
      this.#life.fail,
    );
  }

  #attach(source: LiveSource, sink: SourceSink): () => void {
    const detach = source.attach(sink);
    this.#watchers += 1;
    // Whoever comes new has to see a keyframe first.
    this.#lastKeyframeMs = -Infinity;
    this.#pump();
    let isDetached = false;
    return () => {
      if (!isDetached) this.#watchers -= 1;
      isDetached = true;
      detach();
    };
  }

  #push(frame: ManualFrame): void {
    if (this.#life.isOver) return;
    const { stats } = this.#life;
    stats.unitsRead += 1;
    const capturedAtMs = frame.capturedAtMs ?? this.#context.clock.epochMs();
    this.#queue.push({ frame, size: manualFrameSize(frame), capturedAtMs });
    while (isOverfull(this.#queue)) {
      this.#queue.shift();
      stats.unitsDropped += 1;
    }
    this.#pump();
  }

  #pump(): void {
    while (this.#watchers > 0 && !this.#life.isOver) {
      const [next] = this.#queue;
      const encoder = next === undefined ? undefined : this.#encoderFor(next);
      if (next === undefined || encoder?.hasRoom !== true) return;
      this.#queue.shift();
      this.#encode(encoder, next);
    }
  }

  #encode(encoder: FrameEncoder, next: WaitingFrame): void {
    const nowMs = this.#context.clock.monotonicMs();
    // By the clock, not by their number: a loss must not cost a series of rare pictures.
    if (nowMs - this.#lastKeyframeMs >= KEYFRAME_INTERVAL_MS) {
      encoder.requestKeyframe();
      this.#lastKeyframeMs = nowMs;
    }
    this.#lastPts90k = Math.max(Math.round(nowMs * TICKS_PER_MS), this.#lastPts90k + 1);
    if (!encoder.push(next, this.#lastPts90k)) this.#life.stats.unitsDropped += 1;
  }

  /** Undefined: not yet. */
  #encoderFor({ frame: { format }, size }: WaitingFrame): FrameEncoder | undefined {
    const present = this.#encoder;
    if (present === undefined) return this.#newEncoder(format, size);
    if (present.takes(format, size)) return present;
    // What is inside comes out first; its end pumps on.
    present.finish();
    return undefined;
  }

  #newEncoder(format: ManualFrame['format'], size: WaitingFrame['size']): FrameEncoder | undefined {
    const { clock, onChild } = this.#context;
    const ffmpeg = this.#ffmpeg;
    if (ffmpeg === undefined) return undefined;
    const encoder = new FrameEncoder({
      context: { ffmpeg, clock, ...(onChild === undefined ? {} : { onChild }) },
      ...{ format, size, fps: Math.max(MIN_ENCODER_FPS, this.#spec.fps ?? 0) },
      onAccessUnit: (unit, waiting) => this.#deliver(unit, waiting),
      onRoom: guard(this.#life.fail, () => this.#pump()),
      onLost: (count) => this.#lost(count),
    });
    this.#encoder = encoder;
    this.#tellSize(size);
    void encoder.exited.then(guard(this.#life.fail, (exit) => this.#onExit(encoder, exit)));
    return encoder;
  }

  #deliver(unit: AccessUnit, waiting: WaitingFrame): void {
    if (this.#isBroken && !unit.keyframe) {
      // They come back in their order, before what waits; room for each has just been made.
      this.#queue.unshift(waiting);
      return;
    }
    this.#isBroken = false;
    this.#life.hub.deliver(unit);
  }

  #onExit(encoder: FrameEncoder, exit: FfmpegExit): void {
    if (this.#life.isOver) return;
    this.#encoder = undefined;
    const maySucceed = encoder.isFinishing || this.#restarts.allowsAfterDeath(this.#context.clock.monotonicMs());
    if (maySucceed) this.#pump();
    else this.#life.end(explain(exit, 'The encoder of the frames'));
  }

  #lost(count: number): void {
    this.#life.stats.unitsDropped += count;
    if (this.#life.isOver) return;
    this.#warn(`${count === 1 ? 'A frame' : `${count} frames`} could not be decoded: the picture is damaged.`);
  }

  /** It was encoded, but never left: its size is what a server can receive. */
  #tooLarge(reason: string): void {
    this.#life.stats.unitsDropped += 1;
    this.#lastKeyframeMs = -Infinity;
    this.#isBroken = true;
    this.#warn(`A frame was left out, because ${reason}, more than a server can receive: make the picture smaller.`);
  }

  #warn(message: string): void {
    this.#context.onWarning(new SessionError('SOURCE_UNSUPPORTED', message));
  }

  #tellSize(size: WaitingFrame['size'] | null): void {
    const { width, height } = size ?? { width: null, height: null };
    this.#life.tell({ path: 'encoded', reason: REASON, codec: 'vp8', width, height, fps: this.#spec.fps ?? null });
  }
}

/** The newest is never dropped, however large. */
function isOverfull(queue: readonly WaitingFrame[]): boolean {
  if (queue.length <= 1) return false;
  return queue.length > QUEUE_LIMIT || queue.reduce((sum, { frame }) => sum + frame.data.byteLength, 0) > QUEUE_BYTES;
}
