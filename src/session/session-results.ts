/**
 * The receiving half of a session: one pipeline over all links, made when the first link needs it, and the gates
 * through which its events leave.
 */
import type { Clock } from '../clock';
import type { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { DataEvent, FrameEvent, SessionEvent, StatsEvent } from './events';
import { dataFrameNames, isRealtime, needsFfmpeg, picturesOf } from './initialise';
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
      deliver: (event) => {
        counters.delivered += 1;
        emit(event);
      },
    });
    this.#data = new Outlet<DataEvent>({
      maxInFlight: MAX_DATA_IN_FLIGHT,
      maxWaiting: MAX_DATA_WAITING,
      maxBytes: MAX_DATA_BYTES,
      bytesOf: ({ outputs }) => weightOf(outputs),
      deliver: emit,
    });
  }

  /** Results a second, or null while unknown. */
  get fps(): number | null {
    return this.#pipeline?.fps ?? null;
  }

  get stats(): StatsEvent {
    return this.#context.counters.event({
      framesDropped: this.#frames.dropped,
      dataDropped: this.#data.dropped,
      paired: this.#pipeline?.paired ?? 0,
    });
  }

  /** The pipeline, ready for a new link. Rejects with `FFMPEG_NOT_FOUND`. */
  async forNewLink(): Promise<ResultPipeline> {
    this.#opening ??= this.#open();
    await this.#pipeline?.reset();
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
    await this.#opening?.then(
      (pipeline) => pipeline.close(),
      () => undefined,
    );
  }

  /** Where it is not needed, a preview may still be asked for. */
  #findFfmpeg(): Promise<FfmpegProgram | null> {
    const { options, ffmpeg } = this.#context;
    return needsFfmpeg(options) ? ffmpeg() : ffmpeg().catch(() => null);
  }

  async #open(): Promise<ResultPipeline> {
    const { options, clock, counters, emit } = this.#context;
    return new ResultPipeline({
      ffmpeg: await this.#findFfmpeg(),
      clock,
      pictures: this.#pictures,
      rare: options.source.kind === 'frames',
      dataFrameNames: dataFrameNames(options),
      batch: !isRealtime(options),
      onData: (event) => {
        counters.dataReceived += 1;
        this.#context.onResult();
        this.#data.push(event);
      },
      onFrame: (event) => {
        this.#context.onResult();
        this.#frames.push(event);
      },
      onSkipped: () => this.#context.onResult(),
      onUndecodable: () => (counters.undecodable += 1),
      onNeedKeyframe: () => this.#context.onNeedKeyframe(),
      onWarning: (error) => this.#context.warn(error),
      onChild: (pid, running) => emit({ kind: 'child', pid, running }),
    });
  }
}
