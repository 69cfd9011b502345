/** The real ffmpeg and ffprobe of the PATH on tiny inputs, and the shared clips where they are present. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TestContext } from 'vitest';

/** Everything ffmpeg wrote to stdout; throws with its stderr when it fails. */
export function ffmpeg(args: string[], input?: Buffer): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', ...args], {
    input: input ?? '',
    maxBuffer: 512 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** The path of a shared clip; skips the test, saying so, where the clips are not at hand. */
export function clip(context: TestContext, name: string): string {
  const path = resolve('../shared/media', name);
  context.skip(!existsSync(path), `../shared/media/${name} is absent`);
  return path;
}

export interface ListedPacket {
  pts: number;
  sizeBytes: number;
  keyframe: boolean;
}

/** What FFmpeg's own NUT demuxer finds in the same bytes, as ffprobe lists it. */
export function probePackets(nut: Buffer): { timeBase: number[]; packets: ListedPacket[] } {
  const entries = 'packet=pts,size,flags:stream=time_base';
  const args = ['-v', 'error', '-f', 'nut', '-i', 'pipe:0', '-show_entries', entries, '-of', 'csv'];
  const lines = execFileSync('ffprobe', args, { input: nut, maxBuffer: 64 * 1024 * 1024 })
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const packets = lines
    .filter(([kind]) => kind === 'packet')
    .map(([, pts, size, flags]) => ({
      pts: Number(pts),
      sizeBytes: Number(size),
      keyframe: flags?.startsWith('K') === true,
    }));
  const timeBase =
    lines
      .find(([kind]) => kind === 'stream')?.[1]
      ?.split('/')
      .map(Number) ?? [];
  return { timeBase, packets };
}
