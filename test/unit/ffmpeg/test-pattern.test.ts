import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import { TEST_PATTERN_OBJECTS, testPatternFrameNumber, testPatternInputArgs } from '../../../src/ffmpeg/test-pattern';
import type { Picture } from '../../../src/media/video';

const ffmpeg = await locateFfmpeg();

function pattern(options: { width: number; height: number; frames: number }): Picture[] {
  const { width, height, frames } = options;
  const input = testPatternInputArgs({ width, height, fps: 10, unpaced: true });
  const args = ['-loglevel', 'error', ...input, '-frames:v', String(frames), '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
  const { stdout, stderr } = spawnSync(ffmpeg.path, args, { maxBuffer: 1e9 });
  expect(stderr.toString()).toBe('');
  const bytes = width * height;
  return Array.from({ length: stdout.length / bytes }, (_, index) => ({
    ...{ format: 'gray8' as const, width, height, pts90k: index },
    data: stdout.subarray(index * bytes, (index + 1) * bytes),
  }));
}

/** Connected areas of pixels that are not the ground, below the strip with the number. */
function objects({ data, width, height }: Picture): number {
  const ground = data[width * height - 1];
  const seen = new Uint8Array(width * height);
  let count = 0;
  for (let start = 48 * width; start < seen.length; start += 1) {
    if (seen[start] || data[start] === ground) continue;
    count += 1;
    const open = [start];
    while (open.length > 0) {
      const at = open.pop() ?? 0;
      if (seen[at] || data[at] === ground) continue;
      seen[at] = 1;
      open.push(at - 1, at + 1, at - width, at + width);
    }
  }
  return count;
}

describe('the test pattern', () => {
  it('holds the frame number in its pixels', () => {
    const pictures = pattern({ width: 192, height: 144, frames: 40 });
    expect(pictures.map(testPatternFrameNumber)).toEqual(pictures.map((_, index) => index));
  });

  it.each([
    [640, 360],
    [192, 144],
    [1280, 720],
    [320, 640],
  ])('has three things apart from each other in every frame of a round at %i x %i', (width, height) => {
    const frames = pattern({ width, height, frames: 60 }).filter((_, index) => index % 6 === 0);
    expect(frames.map(objects)).toEqual(Array<number>(10).fill(TEST_PATTERN_OBJECTS));
  });

  it('tells no number of a coded picture', () => {
    expect(
      testPatternFrameNumber({ format: 'jpeg', data: Buffer.alloc(9), width: 1, height: 1, pts90k: 0 }),
    ).toBeUndefined();
  });

  it('runs in real time unless told otherwise', () => {
    const options = { width: 192, height: 144, fps: 10 };
    expect(testPatternInputArgs(options)[0]).toBe('-re');
    expect(testPatternInputArgs({ ...options, unpaced: true })).not.toContain('-re');
  });
});
