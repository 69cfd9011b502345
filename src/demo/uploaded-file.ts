/**
 * A file that came over the upload channel: chunks in, a temporary file, its pictures out at the consumer's pace.
 * Whatever cannot be decoded ends like an empty file, as on the real server. Deletes the file when closed.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock';
import { NutDemuxer } from '../container/nut-demuxer';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { FfmpegProcess } from '../ffmpeg/process';
import type { Picture } from '../media/video';
import { decodeFileArgs, probeFileArgs } from './file-arguments';
import { type FileFacts, parseFileFacts } from './file-probe';

/** What it works with. */
export interface UploadedFileOptions {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  realtime: boolean;
  /** Before the first picture. */
  onFacts: (facts: FileFacts) => void;
  onPicture: (picture: Picture) => void;
  /** After the last picture; not after `close`. */
  onEnd: () => void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

/** Probing a whole file takes milliseconds; a hostile one must not take for ever. */
const PROBE_LIMIT_MS = 10_000;

/** See the file header. */
export class UploadedFile {
  readonly #options: UploadedFileOptions;
  #folder: string | undefined;
  #child: FfmpegProcess | undefined;
  #paused = false;
  #closed = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: UploadedFileOptions) {
    this.#options = options;
  }

  /** Stores and plays the file; once. */
  play(chunks: readonly Buffer[]): void {
    this.#working = this.#store(chunks)
      // Not one function: the chunks are not needed any more while the file plays.
      .then((path) => this.#play(path))
      .catch(() => undefined)
      .then(() => this.#finish());
  }

  /** The consumer is full: FFmpeg has to wait. */
  pause(): void {
    this.#paused = true;
    this.#child?.pause();
  }

  /** The consumer has room again. */
  resume(): void {
    this.#paused = false;
    this.#child?.resume();
  }

  /** Ends FFmpeg and deletes the file. Bounded, idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#child?.close();
    await this.#working;
  }

  async #play(path: string): Promise<void> {
    this.#options.onFacts(await this.#probe(path));
    await this.#decode(path);
  }

  async #finish(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
    if (!this.#closed) this.#options.onEnd();
  }

  async #store(chunks: readonly Buffer[]): Promise<string> {
    this.#folder = await mkdtemp(join(tmpdir(), 'inference-webrtc-upload-'));
    const path = join(this.#folder, 'video');
    const file = await open(path, 'wx', 0o600);
    try {
      for (const chunk of chunks) await file.write(chunk);
    } finally {
      await file.close();
    }
    return path;
  }

  async #probe(path: string): Promise<FileFacts> {
    if (this.#closed) return { width: null, height: null, fps: null };
    const { ffmpeg, clock, onChild } = this.#options;
    const child = new FfmpegProcess(ffmpeg, {
      args: probeFileArgs(path),
      input: 'none',
      outputs: 0,
      onOutput: () => undefined,
      onChild,
    });
    this.#child = child;
    const cancelLimit = clock.after(PROBE_LIMIT_MS, () => void child.close());
    const { stderrTail } = await child.exited;
    cancelLimit();
    return parseFileFacts(stderrTail);
  }

  async #decode(path: string): Promise<void> {
    if (this.#closed) return;
    const { ffmpeg, realtime, onChild, onPicture } = this.#options;
    let size = { width: 0, height: 0 };
    const demuxer = new NutDemuxer({
      onStream: ({ width, height }) => (size = { width, height }),
      onPacket: ({ data, pts90k }) => onPicture({ format: 'yuv420p', data, pts90k, ...size }),
    });
    const child = new FfmpegProcess(ffmpeg, {
      args: decodeFileArgs({ ffmpeg, path, realtime }),
      input: 'none',
      outputs: 1,
      onOutput: (_index, chunk) => demuxer.push(chunk),
      onChild,
    });
    this.#child = child;
    if (this.#paused) child.pause();
    await child.exited;
  }
}
