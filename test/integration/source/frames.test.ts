/** Pictures handed in, encoded by a real FFmpeg: order, limits, damage. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionError } from '../../../src/errors';
import { openFrames } from '../../../src/source/frames-source';
import type { FramesSource } from '../../../src/source/frames-source';
import { ffmpeg } from '../container/run-ffmpeg';
import { CollectingSink, grows } from '../../unit/source/collecting-sink';
import { harness } from './source-harness';

const picture = (source: string, codec: string) =>
  ffmpeg(['-f', 'lavfi', '-i', source, '-frames:v', '1', '-c:v', codec, '-f', 'image2pipe', 'pipe:1']);
const SMALL = picture('color=red:size=320x180', 'mjpeg');
const LARGE = picture('color=blue:size=480x270', 'mjpeg');

let frames: FramesSource;
let sink: CollectingSink;
let warnings: SessionError[];
let children: Map<number, boolean>;

beforeEach(async () => {
  const { context, children: started } = await harness();
  [children, warnings, sink] = [started, [], new CollectingSink()];
  const found = { ...context, ffmpeg: () => Promise.resolve(context.ffmpeg) };
  frames = openFrames({ kind: 'frames' }, { ...found, onWarning: (error) => warnings.push(error) });
});
afterEach(() => frames.close());

const push = (data: Buffer, capturedAtMs: number, format: 'jpeg' | 'png' = 'jpeg') =>
  frames.push({ data, format, capturedAtMs });
const times = () => sink.units.map(({ capturedAtMs }) => capturedAtMs);

describe('a source of frames', () => {
  it('keeps the newest ten while nobody watches, and counts the others', async () => {
    for (let time = 1; time <= 13; time += 1) push(SMALL, time);
    expect(frames.stats).toMatchObject({ unitsRead: 13, unitsDropped: 3 });
    frames.attach(sink);
    await sink.until(() => sink.units.length === 10);
    expect(times()).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(grows(sink.units)).toBe(true);
    expect(frames.stats.unitsDropped).toBe(3);
  });

  it('loses none when sizes and formats alternate, and starts each with a keyframe', async () => {
    frames.attach(sink);
    const png = picture('color=green:size=320x180', 'png');
    for (const [index, data] of [SMALL, SMALL, LARGE, SMALL, LARGE].entries()) push(data, index);
    push(png, 5, 'png');
    await sink.until(() => sink.units.length === 6);
    expect(times()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sink.units.map(({ keyframe }) => keyframe)).toEqual([true, false, true, true, true, true]);
    expect(grows(sink.units)).toBe(true);
    expect(new Set(sink.facts.map(({ width }) => width))).toEqual(new Set([null, 320, 480]));
  });

  it('leaves a damaged picture out, says so, and goes on with a keyframe', async () => {
    frames.attach(sink);
    const png = picture('testsrc=size=320x180', 'png');
    const damaged = Buffer.concat([png.subarray(0, 40), Buffer.alloc(400, 7)]);
    push(damaged, 1, 'png');
    push(png, 2, 'png');
    await sink.until(() => sink.units.length === 1);
    expect(sink.units[0]).toMatchObject({ capturedAtMs: 2, keyframe: true });
    expect(frames.stats.unitsDropped).toBe(1);
    expect(warnings.map(({ code, message }) => [code, message.includes('damaged')])).toEqual([
      ['SOURCE_UNSUPPORTED', true],
    ]);
  });

  it('makes a large picture full of detail small enough for a server to receive', async () => {
    frames.attach(sink);
    push(picture('testsrc2=size=3840x2160', 'mjpeg'), 1);
    await sink.until(() => sink.units.length === 1);
    expect(sink.units[0]?.data.length).toBeLessThan(119 * 1_184);
  });

  it('ends FFmpeg when it is closed', async () => {
    frames.attach(sink);
    push(SMALL, 1);
    await sink.until(() => sink.units.length === 1);
    await frames.close();
    expect([...children.values()]).toEqual([false]);
    push(SMALL, 2);
    expect(frames.stats.unitsRead).toBe(1);
  });
});
