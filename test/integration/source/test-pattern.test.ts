import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { vp8EncodeArgs } from '../../../src/ffmpeg/encode-arguments';
import type { PictureFormat } from '../../../src/media/video';
import { readFrameNumber } from '../../read-frame-number';
import { openSource } from '../../../src/source/open-source';
import { TEST_PATTERN_OBJECTS, testPatternGraph } from '../../../src/source/test-pattern';
import { CollectingSink, grows } from '../../unit/source/collecting-sink';
import { harness } from './source-harness';

const WIDTH = 640;
const HEIGHT = 360;
const FRAMES = 300;
const BRIGHT = 110;

/** The pattern through VP8 and back, as FFmpeg's raw pictures. */
function decode(options: { width: number; height: number; frames: number; pixelFormat: string }): Buffer {
  const { width, height, frames, pixelFormat } = options;
  const input = ['-v', 'error', '-f', 'lavfi', '-i', testPatternGraph({ width, height, fps: 10 })];
  const vp8 = spawnSync(
    'ffmpeg',
    [...input, '-frames:v', String(frames), ...vp8EncodeArgs({ width, height, fps: 10 }), '-f', 'ivf', '-'],
    { maxBuffer: 1 << 30 },
  );
  const raw = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-f', 'ivf', '-i', '-', '-f', 'rawvideo', '-pix_fmt', pixelFormat, '-'],
    {
      input: vp8.stdout,
      maxBuffer: 1 << 30,
    },
  );
  return raw.stdout;
}

function numbers(raw: Buffer, options: { width: number; height: number; format: PictureFormat; bytes: number }) {
  const { width, height, format, bytes } = options;
  const size = width * height * bytes;
  return Array.from({ length: raw.length / size }, (_, index) =>
    readFrameNumber({ format, width, height, data: raw.subarray(index * size, (index + 1) * size) }),
  );
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the test pattern', () => {
  let luma: Buffer = Buffer.alloc(0);
  beforeAll(() => {
    luma = decode({ width: WIDTH, height: HEIGHT, frames: FRAMES, pixelFormat: 'yuv420p' });
  });

  it('keeps the number of each of 300 frames through VP8', () => {
    expect(numbers(luma, { width: WIDTH, height: HEIGHT, format: 'yuv420p', bytes: 1.5 })).toEqual(upTo(FRAMES));
  });

  it('shows three bright things in every frame, which never touch each other or the edge', () => {
    const counts = upTo(FRAMES).map((index) => brightThings(luma.subarray(index * WIDTH * HEIGHT * 1.5)));
    expect(counts).toEqual(counts.map(() => TEST_PATTERN_OBJECTS));
  });

  it.each([
    { format: 'gray8', pixelFormat: 'gray', bytes: 1, width: 320, height: 180 },
    { format: 'rgb24', pixelFormat: 'rgb24', bytes: 3, width: 480, height: 270 },
    { format: 'bgr24', pixelFormat: 'bgr24', bytes: 3, width: 1280, height: 720 },
  ] as const)('is readable as $format at $width x $height', ({ format, pixelFormat, bytes, width, height }) => {
    const raw = decode({ width, height, frames: 5, pixelFormat });
    expect(numbers(raw, { width, height, format, bytes })).toEqual(upTo(5));
  });

  it('has no number where blocks and opposites do not fit together', () => {
    const data = Buffer.alloc(WIDTH * HEIGHT, 30);
    const picture = { format: 'gray8', data, width: WIDTH, height: HEIGHT } as const;
    expect(readFrameNumber(picture)).toBeNull();
    expect(readFrameNumber({ ...picture, data: data.subarray(9) })).toBeNull();
    expect(readFrameNumber({ ...picture, format: 'jpeg' })).toBeNull();
  });

  it('runs in real time from the first sink on, ends after the frames asked for and leaves no child', async () => {
    const { context, children } = await harness();
    const source = openSource({ kind: 'test-pattern', frames: 8, fps: 20 }, context);
    expect(await source.opened).toEqual({
      ...{ path: 'encoded', reason: 'generated', codec: 'vp8', width: 640, height: 360, fps: 20 },
    });
    expect(children.size).toBe(0);
    const sink = new CollectingSink();
    source.attach(sink);
    expect(await source.ended).toEqual({ error: null });
    expect(sink.units.map(({ pts90k }) => pts90k)).toEqual(upTo(8).map((index) => index * 4500));
    expect(sink.units[0]).toMatchObject({ codec: 'vp8', keyframe: true });
    expect(grows(sink.units)).toBe(true);
    expect((sink.units[7]?.capturedAtMs ?? 0) - (sink.units[0]?.capturedAtMs ?? 0)).toBeGreaterThan(200);
    expect([...children.values()]).toEqual([false]);
  });

  it.each([{ width: 641 }, { width: 100 }, { height: 4000 }, { fps: 0 }, { fps: 1.5 }, { frames: 0 }])(
    'refuses %j',
    async (change) => {
      const { context } = await harness();
      const source = openSource({ kind: 'test-pattern', ...change }, context);
      await expect(source.opened).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expect((await source.ended).error).toMatchObject({ code: 'INVALID_OPTION' });
    },
  );
});

/** Bright areas below the number that stay clear of the edge, on every second pixel; touching ones count as one. */
function brightThings(picture: Buffer): number {
  const [columns, rows] = [WIDTH / 2, HEIGHT / 2];
  const open = new Uint8Array(columns * rows);
  for (let y = 24; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) open[y * columns + x] = (picture[2 * y * WIDTH + 2 * x] ?? 0) > BRIGHT ? 1 : 0;
  }
  let count = 0;
  for (let start = open.indexOf(1); start !== -1; start = open.indexOf(1, start)) {
    count += 1;
    const todo = [start];
    for (let cell = todo.pop(); cell !== undefined; cell = todo.pop()) {
      if (open[cell] !== 1) continue;
      open[cell] = 0;
      const x = cell % columns;
      if (x === 0 || x === columns - 1 || cell >= columns * (rows - 1)) return Number.NaN;
      todo.push(cell - 1, cell + 1, cell - columns, cell + columns);
    }
  }
  return count;
}
