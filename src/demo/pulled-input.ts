/**
 * A camera that the server opens itself: its URL in, decoded pictures into the intake, timestamps from 0 with the first
 * picture. Its end, whatever the reason, is the end of the video, as on the real server (protocol.md H).
 */
import type { Clock } from '../clock';
import { NutDemuxer } from '../container/nut-demuxer';
import { SessionError } from '../errors';
import { exactTimestampArgs, globalArgs, nutOutputArgs, videoStreamArgs } from '../ffmpeg/arguments';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { FfmpegProcess } from '../ffmpeg/process';
import { liveInputArgs } from '../ffmpeg/source-arguments';
import type { FrameIntake } from './frame-intake';

/** What it works with. */
export interface PulledInputOptions {
  /** rtsp, rtsps, http or https, user and password in it. */
  url: string;
  ffmpeg: FfmpegProgram;
  clock: Clock;
  intake: FrameIntake;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

/** Upstream's socket timeout is 2 s (protocol.md C.1); slow cameras get more. */
const IO_TIMEOUT_MS = 5_000;
const OPEN_WITHIN_MS = 20_000;
/** No files of this machine. */
const NETWORK = /^(rtsps?|https?):\/\//i;

/** See the file header. */
export class PulledInput {
  readonly #options: PulledInputOptions;
  readonly #child: FfmpegProcess;
  #origin90k: number | undefined;
  #size = { width: 0, height: 0 };
  #opened: () => void = () => undefined;
  readonly #firstPicture = new Promise<void>((resolve) => (this.#opened = resolve));

  /** Throws INVALID_OPTION for a URL that FFmpeg must not see. */
  constructor(options: PulledInputOptions) {
    this.#options = options;
    const demuxer = new NutDemuxer({
      onStream: ({ width, height }) => (this.#size = { width, height }),
      onPacket: ({ data, pts90k }) => this.#offer(data, pts90k),
    });
    this.#child = new FfmpegProcess(options.ffmpeg, {
      args: pullArgs(options),
      input: 'none',
      outputs: 1,
      stopGently: true,
      onOutput: (_index, chunk) => demuxer.push(chunk),
      onChild: options.onChild,
    });
    void this.#child.exited.then(() => options.intake.end());
  }

  /** Resolves with the first picture; rejects when none comes. */
  async open(): Promise<void> {
    let cancelLimit: () => void = () => undefined;
    const failed = new Promise<never>((_resolve, reject) => {
      const fail = (): void => reject(new Error('The stream cannot be opened'));
      cancelLimit = this.#options.clock.after(OPEN_WITHIN_MS, fail);
      void this.#child.exited.then(fail);
    });
    try {
      await Promise.race([this.#firstPicture, failed]);
    } finally {
      cancelLimit();
    }
  }

  /** Bounded, idempotent. */
  close(): Promise<void> {
    return this.#child.close();
  }

  #offer(data: Buffer, pts90k: number): void {
    const { intake, clock } = this.#options;
    this.#origin90k ??= pts90k;
    const picture = { format: 'yuv420p', data, pts90k: pts90k - this.#origin90k, ...this.#size } as const;
    intake.offer({ picture, receivedAtMs: clock.epochMs(), ...this.#size });
    this.#opened();
  }
}

function pullArgs({ ffmpeg, url }: PulledInputOptions): string[] {
  if (!NETWORK.test(url)) throw new SessionError('INVALID_OPTION', 'Only cameras on a network are opened.');
  // JPEGs over HTTP have no timestamps of their own.
  const stamping = /^http/i.test(url) ? ['-use_wallclock_as_timestamps', '1'] : [];
  return [
    ...globalArgs({ readsQuit: true }),
    ...['-threads', '1', ...stamping],
    ...liveInputArgs({ ffmpeg, url, ioTimeoutMs: IO_TIMEOUT_MS }),
    ...videoStreamArgs(['-c:v', 'rawvideo', '-pix_fmt', 'yuv420p']),
    ...exactTimestampArgs(ffmpeg),
    ...nutOutputArgs(0),
  ];
}
