/** Clips made for one test each, with the FFmpeg of this machine, in a temporary folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { library } from './library';

const run = promisify(execFile);

/** A folder for made clips; `remove()` it. */
export class MadeClips {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<MadeClips> {
    return new MadeClips(await mkdtemp(join(tmpdir(), 'interop-clips-')));
  }

  /** The first seconds of a clip, not encoded again. */
  beginningOf(clip: string, seconds: number): Promise<string> {
    return this.#make('beginning.mp4', ['-i', clip, '-t', String(seconds), '-c', 'copy', '-an']);
  }

  /** H.264 that can be copied for 3 of 6 seconds; then noise follows, each keyframe of which is far over 120 packets. */
  turnsTooLarge(): Promise<string> {
    const noise = "noise=alls=100:allf=t:enable='gte(t,3)'";
    return this.#make('too-large.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=960x540:rate=10:duration=6', '-vf', `${noise},format=yuv420p`],
      ...['-c:v', 'libx264', '-profile:v', 'baseline', '-bf', '0', '-g', '10', '-crf', '18', '-preset', 'ultrafast'],
    ]);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #make(name: string, args: string[]): Promise<string> {
    const path = join(this.#folder, name);
    const { path: ffmpeg } = await library.locateFfmpeg({});
    await run(ffmpeg, ['-hide_banner', '-loglevel', 'error', '-y', ...args, path]);
    return path;
  }
}
