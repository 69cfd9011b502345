import { afterEach, describe, expect, it } from 'vitest';
import { VideoDecoder } from '../../../src/decode/video-decoder';
import { PictureEncoder } from '../../../src/encode/picture-encoder';
import type { EncodedPicture, PictureEncoderOptions } from '../../../src/encode/picture-encoder';
import { jpegSize } from '../../../src/decode/jpeg-size';
import type { SessionError } from '../../../src/errors';
import type { Picture } from '../../../src/media/video';
import { readFrameNumber } from '../../read-frame-number';
import { CLIP_SIZE, ffmpeg, patternClip } from '../decode/clip';
import { standIn } from '../ffmpeg/programs';

async function patternPictures(frames: number): Promise<Picture[]> {
  const pictures: Picture[] = [];
  const decoder = new VideoDecoder({
    ffmpeg,
    shapes: [{ format: 'yuv420p' }],
    onPicture: (picture) => pictures.push(picture),
    onUndecodable: () => undefined,
    onNeedKeyframe: () => undefined,
    onError: () => undefined,
  });
  for (const unit of patternClip({ codec: 'vp8', frames, firstPts90k: 2 ** 33 + 1 })) decoder.push(unit);
  await decoder.flush();
  return pictures;
}

const pictures = await patternPictures(8);
const open: PictureEncoder[] = [];

function start(overrides: Partial<PictureEncoderOptions> = {}) {
  let wake = (): void => undefined;
  const told = {
    outputs: [] as EncodedPicture[],
    errors: [] as SessionError[],
    children: new Set<number>(),
    async received(count: number) {
      while (told.outputs.length < count) await new Promise<void>((done) => (wake = done));
    },
  };
  const encoder = new PictureEncoder({
    ...{ ffmpeg, codec: 'vp8', ...CLIP_SIZE, fps: 30 },
    onOutput: (output) => {
      told.outputs.push(output);
      wake();
    },
    onError: (error) => told.errors.push(error),
    onChild: (pid, running) => (running ? told.children.add(pid) : told.children.delete(pid)),
    ...overrides,
  });
  open.push(encoder);
  return Object.assign(told, { encoder });
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe('PictureEncoder', () => {
  it('gives a VP8 frame for each picture at once, with the exact timestamp, that shows the same number', async () => {
    const told = start();
    for (const [index, picture] of pictures.entries()) {
      expect(told.encoder.push(picture)).toBe(true);
      await told.received(index + 1);
    }
    expect(told.outputs.map(({ pts90k }) => pts90k)).toEqual(pictures.map(({ pts90k }) => pts90k));
    expect(told.outputs.map(({ keyframe }) => keyframe)).toEqual([true, ...Array<boolean>(7).fill(false)]);
    for (const { data } of told.outputs) expect(data.buffer.byteLength).toBe(data.length);
    const numbers: (number | null)[] = [];
    const decoder = new VideoDecoder({
      ffmpeg,
      shapes: [{ format: 'gray8' }],
      onPicture: (picture) => numbers.push(readFrameNumber(picture)),
      onUndecodable: () => undefined,
      onNeedKeyframe: () => undefined,
      onError: () => undefined,
    });
    for (const output of told.outputs) decoder.push({ codec: 'vp8', ...output });
    await decoder.flush();
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('gives a JPEG for each picture, with the exact timestamp', async () => {
    const told = start({ codec: 'mjpeg' });
    for (const picture of pictures) told.encoder.push(picture);
    await told.encoder.flush();
    expect(told.outputs.map(({ pts90k }) => pts90k)).toEqual(pictures.map(({ pts90k }) => pts90k));
    for (const { data } of told.outputs) expect(jpegSize(data)).toEqual({ ...CLIP_SIZE });
  });

  it('makes the next picture a keyframe when asked, keeping its timestamp', async () => {
    const told = start();
    for (const [index, picture] of pictures.entries()) {
      if (index === 3 || index === 6) told.encoder.requestKeyframe();
      told.encoder.push(picture);
    }
    await told.encoder.flush();
    expect(told.outputs.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))).toEqual([0, 3, 6]);
    expect(told.outputs.map(({ pts90k }) => pts90k)).toEqual(pictures.map(({ pts90k }) => pts90k));
  });

  it('refuses another size, another format, a time that does not go on, and counts them', () => {
    const told = start();
    const [first, second] = pictures;
    if (!first || !second) throw new Error('no pictures');
    expect(told.encoder.push(second)).toBe(true);
    const refused: Picture[] = [
      { ...second, pts90k: second.pts90k + 1, width: 478 },
      { ...second, pts90k: second.pts90k + 1, data: second.data.subarray(1) },
      { ...second, pts90k: second.pts90k + 1, format: 'gray8' },
      second,
      first,
    ];
    expect(refused.map((picture) => told.encoder.push(picture))).toEqual([false, false, false, false, false]);
    expect(told.encoder.stats.refused).toBe(5);
  });

  it('takes pictures of odd size', async () => {
    const told = start({ width: 33, height: 19 });
    const data = Buffer.alloc(33 * 19 + 2 * 17 * 10, 128);
    expect(told.encoder.push({ format: 'yuv420p', data, width: 33, height: 19, pts90k: 5 })).toBe(true);
    await told.encoder.flush();
    expect(told.outputs.map(({ pts90k }) => pts90k)).toEqual([5]);
  });

  it('has at most eight pictures under way and refuses the newest', () => {
    const told = start({ ffmpeg: { ...ffmpeg, ...standIn('silent-forever') } });
    const [picture] = pictures;
    if (!picture) throw new Error('no pictures');
    const taken = Array.from({ length: 10 }, (_, index) => told.encoder.push({ ...picture, pts90k: index }));
    expect(taken).toEqual([...Array<boolean>(8).fill(true), false, false]);
  });

  it('starts again after FFmpeg died, with a keyframe', async () => {
    const told = start();
    for (const picture of pictures.slice(0, 2)) told.encoder.push(picture);
    await told.received(2);
    const gone = told.encoder.stats;
    for (const pid of told.children) process.kill(pid, 'SIGKILL');
    while (gone.deaths === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const picture of pictures.slice(2)) told.encoder.push(picture);
    await told.encoder.flush();
    expect(told.outputs.map(({ keyframe }) => keyframe)).toEqual([true, false, true, ...Array<boolean>(5).fill(false)]);
    expect(told.errors).toEqual([]);
  });

  it('gives up after three deaths within ten seconds and tells it once', async () => {
    const told = start({ ffmpeg: { ...ffmpeg, ...standIn('exits-3-at-once') } });
    const [picture] = pictures;
    if (!picture) throw new Error('no pictures');
    for (let pts90k = 1; pts90k <= 3; pts90k += 1) {
      expect(told.encoder.push({ ...picture, pts90k })).toBe(true);
      while (told.encoder.stats.deaths < pts90k) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told.encoder.push({ ...picture, pts90k: 9 })).toBe(false);
    expect(told.errors.map(({ code }) => code)).toEqual(['FFMPEG_FAILED']);
    expect(told.encoder.stats).toMatchObject({ lost: 3, deaths: 3 });
  });

  it('leaves no child after close and tells nothing', async () => {
    const told = start();
    for (const picture of pictures) told.encoder.push(picture);
    await Promise.all([told.encoder.close(), told.encoder.close()]);
    expect(told.children.size).toBe(0);
    expect(told.outputs.length).toBeLessThan(8);
    expect(told.encoder.push(pictures[0] ?? fail())).toBe(false);
  });
});

function fail(): never {
  throw new Error('no pictures');
}
