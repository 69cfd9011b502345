/**
 * What comes back from the server -> events for the user: metadata completed, pictures decoded, each picture joined
 * with the data message of the same frame. It holds no connection; one pipeline lives through all links of a session.
 */
import { extractImage, withoutImages } from '../channel/images';
import { pts90k } from '../channel/message';
import type { FrameMetadata, ServerMessage } from '../channel/message';
import type { Clock } from '../clock';
import type { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { VIDEO_CLOCK_HZ } from '../media/video';
import { FramePairer } from '../pairing/frame-pairer';
import { OffsetEstimator } from '../pairing/offset-estimator';
import { StreamCounts } from '../pairing/stream-counts';
import type { ReceivedFrame } from '../transport/video-receiver';
import type { DataEvent, FrameEvent, FrameTiming } from './events';
import { FpsMeter } from './fps-meter';
import { frameEvent } from './frame-event';
import { HeldData } from './held-data';
import type { PictureOptions } from './options';
import { PictureMaker } from './picture-maker';
import type { PictureSet } from './picture-sets';
import { SentFrames } from './sent-frames';
import type { SentFrame } from './sent-frames';

/** A picture never waits longer than this for its data message. */
const MAX_PAIRING_WAIT_MS = 300;
/** Pictures or data messages that may wait for each other. */
const MAX_PAIRING_PENDING = 150;
/** Batch mode: pictures come as fast as the server works, before FFmpeg has even started. */
const MAX_BATCH_PENDING = 1_024;
/** Of the outputs that pictures wait with. */
const MAX_HELD_BYTES = 64 * 1_024 * 1_024;
/** Servers count frames from 1 (protocol.md D.1). */
const FIRST_FRAME_ID = 1;
const TICKS_PER_MS = VIDEO_CLOCK_HZ / 1_000;

/** What the pipeline needs and tells. */
export interface ResultPipelineOptions {
  /** Null: no picture will need decoding. One that does all the same counts as undecodable. */
  ffmpeg: FfmpegProgram | null;
  clock: Clock;
  pictures: PictureOptions[];
  /** Outputs whose pictures come inside data messages (file mode). */
  dataFrameNames: string[];
  /** Frames may be so rare that the pattern of their times proves nothing. */
  rare: boolean;
  /** Every picture counts, however late. */
  batch: boolean;
  /** `order`: the source's time of the frame; null where it is not known which frame it is. */
  onData(event: DataEvent, order: number | null): void;
  onFrame(event: FrameEvent, order: number | null): void;
  /** A frame of which no picture was wanted. */
  onSkipped(): void;
  onUndecodable(metadata: FrameMetadata | null): void;
  onNeedKeyframe(): void;
  onWarning(error: SessionError): void;
  onChild(pid: number, running: boolean): void;
}

/** See the file header. */
export class ResultPipeline {
  readonly pictures: PictureMaker;
  readonly #options: ResultPipelineOptions;
  readonly #fps = new FpsMeter();
  readonly #received = new Map<number, number>();
  readonly #held = new HeldData(MAX_HELD_BYTES);
  /** The source's time of the frame that a timing is of. */
  readonly #orders = new WeakMap<FrameTiming, number>();
  #pairer: FramePairer<PictureSet, DataEvent>;
  #offset = new OffsetEstimator();
  #sent = new SentFrames();
  /** File mode: messages whose pictures are being decoded. */
  readonly #uploads = new Map<number, DataEvent>();
  #counts = new StreamCounts();
  #countedOffset: number | undefined;
  #cancelTick: (() => void) | undefined;
  #uploadPts90k = 0;
  #pairedPictures = 0;
  /** Of the present link. */
  #hasMessages = false;

  constructor(options: ResultPipelineOptions) {
    this.#options = options;
    this.pictures = new PictureMaker({
      ffmpeg: options.ffmpeg,
      clock: options.clock,
      pictures: options.pictures,
      maxInFlight: options.batch ? MAX_BATCH_PENDING : undefined,
      onSet: (set) => this.#pictureReady(set),
      onNeedKeyframe: () => options.onNeedKeyframe(),
      onWarning: (error) => options.onWarning(error),
      onChild: (pid, running) => options.onChild(pid, running),
    });
    this.#pairer = this.#newPairer();
  }

  /** Results a second, or null when there are too few. */
  get fps(): number | null {
    return this.#fps.rate(this.#options.clock.monotonicMs());
  }

  /** Pictures that were delivered together with their data message. */
  get paired(): number {
    return this.#pairedPictures;
  }

  /** Pictures under way. */
  get waiting(): { decoding: number; pairing: number } {
    return { decoding: this.#received.size + this.#uploads.size, pairing: this.#pairer.waiting };
  }

  /** A new link has new timestamps and a new server: nothing of the old one fits, so all of it is let out before. */
  async reset(): Promise<void> {
    await this.flush();
    this.#received.clear();
    this.#pairer = this.#newPairer();
    this.#offset = new OffsetEstimator();
    this.#sent = new SentFrames();
    this.#counts = new StreamCounts();
    this.#countedOffset = undefined;
    this.#fps.reset();
    this.#hasMessages = false;
  }

  /** Notes a frame that went out, for `timing`. */
  frameSent(frame: SentFrame): void {
    this.#sent.add(frame);
    this.#counts.sent(frame.rtpTimestamp90k);
    this.#offset.addReference(frame.rtpTimestamp90k, this.#options.clock.monotonicMs());
  }

  /** A data message that is not the completion. */
  message(message: ServerMessage): void {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#fps.mark(nowMs);
    const rate = this.#fps.rate(nowMs);
    const measured = message.metadata.measured_fps ?? (rate === null ? null : Math.round(rate * 100) / 100);
    const metadata: FrameMetadata = { ...message.metadata, measured_fps: measured };
    const ticks = pts90k(metadata);
    this.#counts.data(ticks);
    this.#readCounts();
    const timing = this.#timing(ticks, { nowMs, receivedAt: clock.epochMs() });
    // A server that reads a camera itself may be at work before the result channel is open.
    if (!this.#hasMessages && metadata.frame_id !== FIRST_FRAME_ID) this.#pairer.startsApart();
    this.#hasMessages = true;
    const event: DataEvent = { kind: 'data', outputs: message.outputs, metadata, timing, skipped: 0 };
    if (this.#options.dataFrameNames.length > 0) return this.#dataWithPicture(event);
    this.#options.onData(event, this.#orders.get(timing) ?? null);
    if (this.#wantsPictures) this.#pair(() => this.#pairer.data(ticks, nowMs, this.#held.hold(event)));
  }

  /** An encoded picture of the video track. */
  frame(frame: ReceivedFrame): void {
    if (!this.#wantsPictures) return;
    // Where messages of earlier frames were missed, the first one that comes says so (see `message`).
    if (frame.isStreamStart) this.#pairer.startsTogether();
    this.#pairer.announce(frame.rtpTimestamp90k);
    this.#counts.picture(frame.rtpTimestamp90k);
    this.#readCounts();
    this.#received.set(frame.rtpTimestamp90k, frame.receivedAtMs);
    if (this.#received.size > this.#maxPending) this.#forgetOldestReceived();
    this.pictures.frame({ ...frame.accessUnit, pts90k: frame.rtpTimestamp90k });
  }

  /** Lets everything that is still in the decoder or waiting for its twin out; bounded by the decoder. */
  async flush(): Promise<void> {
    await this.pictures.flush();
    this.#pairer.flush();
  }

  async close(): Promise<void> {
    this.#cancelTick?.();
    await this.pictures.close();
  }

  #newPairer(): FramePairer<PictureSet, DataEvent> {
    return new FramePairer<PictureSet, DataEvent>({
      maxWaitMs: MAX_PAIRING_WAIT_MS,
      maxPending: this.#maxPending,
      onPair: (set, data) => this.#deliver(set, data),
    });
  }

  get #wantsPictures(): boolean {
    return this.#options.pictures.length > 0;
  }

  get #maxPending(): number {
    return this.#options.batch ? MAX_BATCH_PENDING : MAX_PAIRING_PENDING;
  }

  #readCounts(): void {
    if (!this.#options.rare) return;
    this.#countedOffset = this.#counts.dataOffset ?? this.#countedOffset;
    this.#pairer.tell(this.#counts.pictureOffset);
  }

  /** Runs a pairing step and arranges for the next deadline. */
  #pair(step: () => void): void {
    step();
    this.#cancelTick?.();
    const deadlineMs = this.#pairer.nextDeadlineMs;
    if (deadlineMs === undefined) return;
    const { clock } = this.#options;
    this.#cancelTick = clock.after(Math.max(1, deadlineMs - clock.monotonicMs()), () =>
      this.#pair(() => this.#pairer.tick(clock.monotonicMs())),
    );
  }

  #pictureReady(set: PictureSet): void {
    const upload = this.#uploads.get(set.pts90k);
    if (upload !== undefined) {
      this.#uploads.delete(set.pts90k);
      this.#deliver(set, upload);
      return;
    }
    const arrivalMs = this.#arrival(set.pts90k);
    this.#pair(() => this.#pairer.frame(set.pts90k, arrivalMs, set));
  }

  /** The picture leaves the message, whether it is wanted or not. */
  #dataWithPicture(event: DataEvent): void {
    const { dataFrameNames } = this.#options;
    const onData = (data: DataEvent): void => this.#options.onData(data, null);
    const claim = this.pictures.claim();
    if (claim.wanted === 0) return onData({ ...event, outputs: withoutImages(event.outputs, dataFrameNames) });
    const image = extractImage(event.outputs, dataFrameNames);
    if (image === undefined) {
      this.pictures.giveBack(claim);
      return onData(event);
    }
    const data = { ...event, outputs: image.rest };
    onData(data);
    this.#uploadPts90k += TICKS_PER_MS;
    this.#uploads.set(this.#uploadPts90k, this.#held.hold(data));
    const { asIs, decoding } = this.pictures.image(image, this.#uploadPts90k, claim);
    if (!decoding) this.#uploads.delete(this.#uploadPts90k);
    if (asIs.length > 0) this.#deliver({ pts90k: this.#uploadPts90k, pictures: asIs, outcome: 'made' }, data);
  }

  #deliver(set: PictureSet, data: DataEvent | null): void {
    if (set.outcome === 'skipped') return this.#options.onSkipped();
    if (set.pictures.length === 0) return this.#options.onUndecodable(data?.metadata ?? null);
    if (data !== null) this.#pairedPictures += 1;
    const timing = data?.timing ?? this.#timing(null, { nowMs: 0, receivedAt: this.#options.clock.epochMs() });
    for (const made of set.pictures) {
      const id = this.#options.pictures[made.index]?.id ?? made.picture.format;
      this.#options.onFrame(frameEvent(made, { id, data, timing }), this.#orders.get(timing) ?? null);
    }
  }

  #timing(pts90k: number | null, arrival: { nowMs: number; receivedAt: number }): FrameTiming {
    const timing: FrameTiming = { capturedAt: null, sentAt: null, receivedAt: arrival.receivedAt, deliveredAt: null };
    if (pts90k === null) return timing;
    const offset = this.#offset.addObserved(pts90k, arrival.nowMs) ?? this.#countedOffset;
    const sent = offset === undefined ? undefined : this.#sent.find(pts90k - offset);
    if (sent === undefined) return timing;
    this.#orders.set(timing, sent.sourcePts90k);
    return Object.assign(timing, { capturedAt: sent.capturedAtMs, sentAt: sent.sentAtMs });
  }

  #arrival(pts90k: number): number {
    const arrivalMs = this.#received.get(pts90k);
    this.#received.delete(pts90k);
    return arrivalMs ?? this.#options.clock.monotonicMs();
  }

  #forgetOldestReceived(): void {
    for (const key of this.#received.keys()) {
      this.#received.delete(key);
      return;
    }
  }
}
