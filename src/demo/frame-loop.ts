/**
 * The life of a session's frames: takes pictures one by one, runs the workflow, sends picture and data, and ends with
 * the completion message. Everything that can change while it runs (outputs, faults) is read anew for each frame.
 */
import type { Clock } from '../clock';
import type { Picture } from '../media/video';
import type { AckGate } from './ack-gate';
import { type DemoFaults, hits } from './faults';
import type { FrameIntake, IncomingFrame } from './frame-intake';
import { completionMessage, type FrameResult, frameMessage, localIsoTime } from './result-messages';
import type { ResultMessenger } from './result-messenger';
import { type ImageMetadata, pictureOf, type SerialisedOutputs, serialiseOutputs } from './serialise-outputs';
import type { VideoOutput } from './video-output';
import type { OutputValue, WorkflowRun } from './workflow-run';

/** What the client wants at the moment. */
export interface WantedOutputs {
  /** Name of the streamed picture output; null = none named: the raw picture. */
  stream: string | null;
  data: string[];
}

/** What the loop works with. */
export interface FrameLoopOptions {
  clock: Clock;
  intake: FrameIntake;
  gate: AckGate;
  run: WorkflowRun;
  messenger: ResultMessenger;
  /** Null in data-only sessions. */
  video: Pick<VideoOutput, 'push' | 'flush'> | null;
  encodeJpeg(picture: Picture): Promise<Buffer>;
  wanted: () => WantedOutputs;
  faults: () => DemoFaults;
  imageInputName: string;
  declaredFps: () => number | null;
  fromFile: boolean;
  /** After each frame, with its id. */
  onFrame(frameId: number): void;
}

const FALLBACK_FPS = 30;

/** See the file header. */
export class FrameLoop {
  readonly #options: FrameLoopOptions;
  #last: FrameResult | undefined;
  #timedOut = false;
  #aborted = false;

  constructor(options: FrameLoopOptions) {
    this.#options = options;
  }

  /** Runs until the intake ends; then tells the client, unless aborted. Rejects only on a fault of this software. */
  async start(): Promise<void> {
    const { intake, gate } = this.#options;
    for (let frameId = 1; ; frameId += 1) {
      const frame = await intake.next();
      if (frame === undefined) break;
      await gate.pass(frameId);
      if (this.#timedOut || this.#aborted) break;
      await this.#process(frame, frameId);
    }
    if (!this.#aborted) await this.#complete();
  }

  /** The time limit is reached: the loop ends after the frame it is at. */
  timeOut(): void {
    this.#timedOut = true;
    this.#stop();
  }

  /** Ends the loop without a word. */
  abort(): void {
    this.#aborted = true;
    this.#stop();
  }

  #stop(): void {
    this.#options.intake.stop();
    this.#options.gate.release();
  }

  async #process(frame: IncomingFrame, frameId: number): Promise<void> {
    const { outputs, errors } = this.#runWorkflow(frame.picture, frameId);
    const failed = errors.length > 0;
    await this.#stream(frame.picture, outputs, errors);
    const serialised = failed ? this.#nothing() : await this.#serialise(outputs, frame, frameId);
    const declaredFps = this.#options.declaredFps();
    const all = [...errors, ...serialised.errors];
    this.#last = { frameId, frame, declaredFps, data: serialised.data, errors: all };
    const { stallDataAfter } = this.#options.faults();
    if (stallDataAfter === undefined || frameId <= stallDataAfter) {
      const json = frameMessage(this.#last);
      await this.#options.messenger.send({ frameId, json, compressible: serialised.data !== null });
    }
    this.#options.onFrame(frameId);
  }

  #serialise(outputs: OutputValue[], frame: IncomingFrame, frameId: number): Promise<SerialisedOutputs> {
    return serialiseOutputs(outputs, {
      dataOutput: this.#options.wanted().data,
      imageInputName: this.#options.imageInputName,
      imageMetadata: this.#imageMetadata(frame, frameId),
      encodeJpeg: (picture) => this.#options.encodeJpeg(picture),
    });
  }

  /** Of a frame on which the workflow failed: its error says why nothing is there. */
  #nothing(): SerialisedOutputs {
    return { data: this.#options.wanted().data.length === 0 ? null : {}, errors: [] };
  }

  #runWorkflow(picture: Picture, frameId: number): { outputs: OutputValue[]; errors: string[] } {
    try {
      if (hits(this.#options.faults().errorFrames, frameId)) throw new Error('The workflow failed on this frame');
      return { outputs: this.#options.run.process(picture), errors: [] };
    } catch (thrown) {
      return { outputs: [], errors: [thrown instanceof Error ? thrown.message : String(thrown)] };
    }
  }

  /** Without a usable output the raw picture is streamed, with an error (protocol.md C.2). */
  async #stream(raw: Picture, outputs: readonly OutputValue[], errors: string[]): Promise<void> {
    const { video, wanted } = this.#options;
    if (video === null) return;
    const { stream } = wanted();
    const picture = stream === null ? undefined : pictureOf(outputs, stream);
    if (picture === undefined && errors.length === 0) {
      errors.push(stream === null ? 'No output is selected for the video' : `Output '${stream}' not found`);
    }
    await video.push(picture === undefined ? raw : { ...picture, pts90k: raw.pts90k });
  }

  #imageMetadata(frame: IncomingFrame, frameId: number): ImageMetadata {
    return {
      video_identifier: 'demo',
      frame_number: frameId,
      frame_timestamp: localIsoTime(frame.receivedAtMs),
      fps: this.#options.declaredFps() ?? FALLBACK_FPS,
      measured_fps: null,
      comes_from_video_file: this.#options.fromFile,
    };
  }

  async #complete(): Promise<void> {
    // The client may hang up at the completion message: the last pictures go first.
    await this.#options.video?.flush();
    if (this.#options.faults().neverCompletes === true) return;
    const json = completionMessage(this.#last, {
      nowMs: this.#options.clock.epochMs(),
      declaredFps: this.#options.declaredFps(),
      reason: this.#timedOut ? 'timeout_reached' : null,
    });
    await this.#options.messenger.send({ frameId: (this.#last?.frameId ?? 0) + 1, json, compressible: false });
  }
}
