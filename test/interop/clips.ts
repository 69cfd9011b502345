/** Clips made for one test each, with the FFmpeg of this machine, in a temporary folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testPatternGraph } from '../../src/source/test-pattern';
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

  /** H.264 that can be copied for 3 of 6 seconds; then noise follows, whose keyframes have about 200 packets. */
  turnsTooLarge(): Promise<string> {
    const noise = "noise=alls=14:allf=t:enable='gte(t,3)'";
    return this.#make('too-large.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=960x540:rate=10:duration=6', '-vf', `${noise},format=yuv420p`],
      ...['-c:v', 'libx264', '-profile:v', 'baseline', '-bf', '0', '-g', '10', '-crf', '30', '-preset', 'ultrafast'],
    ]);
  }

  /** H.264 at 30 frames a second, the number of each frame in its pixels. */
  numbered(frames: number): Promise<string> {
    const graph = testPatternGraph({ width: 640, height: 360, fps: 30 });
    const size = ['-frames:v', String(frames)];
    return this.#make('numbered.mp4', [...['-f', 'lavfi', '-i', graph, ...size], '-c:v', 'libx264', '-bf', '0']);
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
