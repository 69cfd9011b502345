/** The upload channel's side of a session: messages in, pictures of the file into the intake, at the intake's pace. */
import { UploadAssembler, type UploadProgress } from '../channel/upload-chunks';
import type { Clock } from '../clock';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { FileFacts } from './file-probe';
import type { FrameIntake } from './frame-intake';
import { UploadedFile } from './uploaded-file';

/** What it works with. */
export interface FileInputOptions {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  intake: FrameIntake;
  realtime: boolean;
  /** The file's own rate, before its first picture. */
  onFps(fps: number): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

/** Pictures waiting in the intake above which FFmpeg has to wait. */
const HIGH_WATER = 8;
const LOW_WATER = 2;
/** Largest file taken. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** See the file header. */
export class FileInput {
  readonly #options: FileInputOptions;
  readonly #assembler = new UploadAssembler({ maxBytes: MAX_FILE_BYTES });
  readonly #file: UploadedFile;
  #facts: FileFacts = { width: null, height: null, fps: null };
  #paused = false;
  #playing = false;

  constructor(options: FileInputOptions) {
    this.#options = options;
    const { ffmpeg, realtime, intake, clock, onChild } = options;
    this.#file = new UploadedFile({
      ...{ ffmpeg, clock, realtime, onChild },
      onFacts: (facts) => {
        this.#facts = facts;
        if (facts.fps !== null) options.onFps(facts.fps);
      },
      onPicture: (picture) => {
        const { width, height } = this.#facts;
        const size = { width: width ?? picture.width, height: height ?? picture.height };
        intake.offer({ picture, receivedAtMs: clock.epochMs(), ...size });
        if (!realtime && intake.waiting >= HIGH_WATER) this.#pause();
      },
      onEnd: () => intake.end(),
    });
  }

  /** Takes one message. Throws `MESSAGE_MALFORMED`. One file a session: what comes later is ignored. */
  push(message: Buffer | string): UploadProgress {
    const progress = this.#assembler.push(message);
    if (progress.kind === 'complete' && !this.#playing) {
      this.#playing = true;
      this.#file.play(progress.chunks);
    }
    return progress;
  }

  /** The consumer has taken a picture. */
  pictureTaken(): void {
    if (!this.#paused || this.#options.intake.waiting > LOW_WATER) return;
    this.#paused = false;
    this.#file.resume();
  }

  /** Bounded, idempotent. */
  close(): Promise<void> {
    this.#assembler.reset();
    return this.#file.close();
  }

  #pause(): void {
    this.#paused = true;
    this.#file.pause();
  }
}
