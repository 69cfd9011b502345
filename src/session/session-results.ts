/**
 * The receiving half of a session: one pipeline over all links, made when the first link needs it, and the gates
 * through which its events leave.
 */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { CLOSE_LIMIT_MS, Closings } from './closings';
import type { DataEvent, FrameEvent, SessionEvent, StatsEvent } from './events';
import { Handover } from './handover';
import { dataFrameNames, isRealtime, needsFfmpeg, picturesOf, wantsVideoTrack } from './initialise';
import type { PictureOptions, SessionOptions } from './options';
import { Outlet } from './outlet';
import { ResultPipeline } from './result-pipeline';
import type { SessionCounters } from './session-counters';
import { weightOf } from './weight';

const MAX_FRAMES_IN_FLIGHT = 2;
/** Batch mode loses nothing: the ACK gate keeps the server from running further ahead than this. */
const MAX_FRAMES_WAITING_BATCH = 256;
const MAX_DATA_IN_FLIGHT = 256;
const MAX_DATA_WAITING = 2_048;
/** Of data, whose pictures may hold as much again; the heap of a worker thread has to hold it all. */
const MAX_DATA_BYTES = 64 * 1_024 * 1_024;
/** Of pictures, which live outside the heap: a few raw ones of 4K. */
const MAX_FRAME_BYTES = 256 * 1_024 * 1_024;

/** What it needs and tells. */
export interface SessionResultsContext {
  options: SessionOptions;
  clock: Clock;
  counters: SessionCounters;
  emit: (event: SessionEvent) => void;
  warn: (error: SessionError) => void;
  ffmpeg: () => Promise<FfmpegProgram>;
  /** A data message or a picture came. */
  onResult(): void;
  /** The decoder of the link in use lost its place. */
  onNeedKeyframe(): void;
}

/** A pipeline for a link that is to take over, and the way from one to the other. */
export interface ReliefResults {
  pipeline: ResultPipeline;
  handover: Handover;
  /** The old pipeline is done with. */
  promote(): void;
  /** It is not needed after all. */
  discard(): Promise<void>;
}

/** What a relief tells. */
export interface ReliefEvents {
  /** One more result of the new link. */
  onResult(): void;
  onNeedKeyframe(): void;
  onBegun(): void;
  onDone(): void;
}

/** Where the results of a pipeline go; it changes when another takes its place. */
interface Course {
  onData(event: DataEvent, order: number | null): void;
  onFrame(event: FrameEvent, order: number | null): void;
  onSkipped(): void;
  onNeedKeyframe(): void;
}

/** See the file header. */
export class SessionResults {
  readonly #context: SessionResultsContext;
  readonly #frames: Outlet<FrameEvent>;
  readonly #data: Outlet<DataEvent>;
  #pictures: PictureOptions[];
  #opening: Promise<ResultPipeline> | undefined;
  #pipeline: ResultPipeline | undefined;
  #course: Course;
  /** By pipelines that others have replaced. */
  #pairedBefore = 0;
  readonly #closings = new Closings((thrown) => this.#context.warn(SessionError.from(thrown)));

  constructor(context: SessionResultsContext) {
    this.#context = context;
    const { options, counters, emit } = context;
    this.#pictures = picturesOf(options);
    const kinds = Math.max(1, this.#pictures.length);
    this.#frames = new Outlet<FrameEvent>({
      maxInFlight: MAX_FRAMES_IN_FLIGHT * kinds,
      maxWaiting: isRealtime(options) ? kinds : MAX_FRAMES_WAITING_BATCH,
      maxBytes: MAX_FRAME_BYTES,
      bytesOf: ({ data, outputs }) => data.byteLength + weightOf(outputs),
      kindOf: ({ picture }) => picture,
      deliver: (event, left) => {
        counters.delivered += 1;
        counters.interval.delivered('pictures', event.timing);
        emit({ ...event, skipped: event.skipped + left });
      },
    });
    this.#data = new Outlet<DataEvent>({
      maxInFlight: MAX_DATA_IN_FLIGHT,
      maxWaiting: MAX_DATA_WAITING,
      maxBytes: MAX_DATA_BYTES,
      bytesOf: ({ outputs }) => weightOf(outputs),
      deliver: (event, left) => {
        counters.interval.delivered('data', event.timing);
        emit({ ...event, skipped: left });
      },
    });
    this.#course = this.#straight();
  }

  /** Results a second, or null while unknown. */
  get fps(): number | null {
    return this.#pipeline?.fps ?? null;
  }

  /** The counters, with what was measured where an interval is over. `roundTripMs`: of the connection in use. */
  stats(roundTripMs: number | null): StatsEvent {
    const { counters } = this.#context;
    const stats = counters.event({
      framesDropped: this.#frames.dropped,
      dataDropped: this.#data.dropped,
      paired: this.#pairedBefore + (this.#pipeline?.paired ?? 0),
    });
    const { decoding, pairing } = this.#pipeline?.waiting ?? { decoding: 0, pairing: 0 };
    const waiting = { decoding, pairing, pictures: this.#frames.waiting, data: this.#data.waiting };
    return { ...stats, interval: counters.interval.take(stats, { roundTripMs, waiting }) };
  }

  /** The pipeline, ready for a new link. Rejects with `FFMPEG_NOT_FOUND`. */
  async forNewLink(): Promise<ResultPipeline> {
    this.#opening ??= this.#open(this.#course);
    await this.#pipeline?.reset();
    // A handover of the past is of no use to a link of its own, whose source may have begun anew.
    Object.assign(this.#course, this.#straight());
    this.#pipeline = await this.#opening;
    return this.#pipeline;
  }

  /** The receiver has taken `count` events. */
  grant(kind: 'frame' | 'data', count: number): void {
    (kind === 'frame' ? this.#frames : this.#data).grant(count);
  }

  /** The same pictures at other paces. */
  change(pictures: PictureOptions[]): void {
    this.#pictures = pictures;
    this.#pipeline?.pictures.change(pictures);
  }

  /** The next frame is wanted as this picture. Nobody hears it before the first link. */
  requestPicture(id: string): void {
    this.#pipeline?.pictures.request(id);
  }

  /** Lets out what is still being decoded or paired. */
  async flush(): Promise<void> {
    await this.#pipeline?.flush();
  }

  /** Hands over everything that waits for the receiver: the end is near. */
  letOut(): void {
    this.#data.letOut();
    this.#frames.letOut();
  }

  async close(): Promise<void> {
    const closing = this.#opening?.then((pipeline) => pipeline.close());
    await Promise.allSettled([closing, this.#closings.settle(CLOSE_LIMIT_MS)]);
  }

  /** Where it is not needed, a preview may still be asked for. */
  #findFfmpeg(): Promise<FfmpegProgram | null> {
    const { options, ffmpeg } = this.#context;
    return needsFfmpeg(options) ? ffmpeg() : ffmpeg().catch(() => null);
  }

  /** A second pipeline beside the one in use. Rejects with `FFMPEG_NOT_FOUND`. */
  async openRelief(events: ReliefEvents, { comparable }: { comparable: boolean }): Promise<ReliefResults> {
    const straight = this.#straight();
    const handover = new Handover({
      pictures: wantsVideoTrack(this.#context.options) && this.#pictures.some(isOfEveryFrame),
      comparable,
      deliver: { data: (event) => straight.onData(event, null), frame: (event) => straight.onFrame(event, null) },
      onBegun: () => events.onBegun(),
      onDone: () => events.onDone(),
    });
    const fresh: Course = {
      onData: (event, order) => {
        events.onResult();
        handover.fresh('data', event, order);
      },
      onFrame: (event, order) => {
        events.onResult();
        handover.fresh('frame', event, order);
      },
      onSkipped: () => events.onResult(),
      onNeedKeyframe: () => events.onNeedKeyframe(),
    };
    const opening = this.#open(fresh);
    const pipeline = await opening;
    const old: Course = { ...this.#course };
    Object.assign(this.#course, {
      onData: (event, order) => void handover.old('data', event, order),
      onFrame: (event, order) => void handover.old('frame', event, order),
    } satisfies Partial<Course>);
    return {
      pipeline,
      handover,
      promote: () => {
        Object.assign(this.#course, IGNORED);
        // Still by way of the handover: what follows may be of frames that the old session has delivered.
        this.#course = fresh;
        this.#pairedBefore += this.#pipeline?.paired ?? 0;
        this.#closings.add(this.#pipeline?.close());
        this.#opening = opening;
        this.#pipeline = pipeline;
      },
      discard: async () => {
        Object.assign(fresh, IGNORED);
        Object.assign(this.#course, old);
        await pipeline.close();
      },
    };
  }

  /** Out to the user. */
  #straight(): Course {
    const context = this.#context;
    return {
      onData: (event) => {
        context.counters.dataReceived += 1;
        context.onResult();
        this.#data.push(event);
      },
      onFrame: (event) => {
        context.onResult();
        this.#frames.push(event);
      },
      onSkipped: () => context.onResult(),
      onNeedKeyframe: () => context.onNeedKeyframe(),
    };
  }

  async #open(course: Course): Promise<ResultPipeline> {
    const { options, clock, counters, emit } = this.#context;
    const pipeline = new ResultPipeline({
      ffmpeg: await this.#findFfmpeg(),
      clock,
      pictures: this.#pictures,
      rare: options.source.kind === 'frames',
      dataFrameNames: dataFrameNames(options),
      batch: !isRealtime(options),
      onData: (event, order) => course.onData(event, order),
      onFrame: (event, order) => course.onFrame(event, order),
      onSkipped: () => course.onSkipped(),
      onUndecodable: () => (counters.undecodable += 1),
      onNeedKeyframe: () => course.onNeedKeyframe(),
      onWarning: (error) => this.#context.warn(error),
      onChild: (pid, running) => emit({ kind: 'child', pid, running }),
    });
    if (wantsVideoTrack(options)) pipeline.pictures.expectVideo();
    return pipeline;
  }
}

const IGNORED: Course = {
  onData: () => undefined,
  onFrame: () => undefined,
  onSkipped: () => undefined,
  onNeedKeyframe: () => undefined,
};

/** Others come now and then: nobody waits for them. */
function isOfEveryFrame({ paces }: PictureOptions): boolean {
  return paces.some(({ kind }) => kind === 'every');
}
