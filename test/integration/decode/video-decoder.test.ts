import { afterEach, describe, expect, it } from 'vitest';
import { VideoDecoder } from '../../../src/decode/video-decoder';
import type { VideoDecoderOptions } from '../../../src/decode/video-decoder';
import type { CodedUnit } from '../../../src/decode/coded-unit';
import type { SessionError } from '../../../src/errors';
import type { Picture } from '../../../src/media/video';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import { readFrameNumber } from '../../read-frame-number';
import { standIn } from '../ffmpeg/programs';
import { CLIP_SIZE, codedAtOnce, ffmpeg, patternClip } from './clip';

const vp8 = patternClip({ codec: 'vp8', frames: 12 });
const later = patternClip({ codec: 'vp8', frames: 4, firstPts90k: 1_000_000 });

interface Told {
  decoder: VideoDecoder;
  pictures: Picture[];
  undecodable: number[];
  errors: SessionError[];
  keyframesNeeded: number;
  children: Set<number>;
  /** Resolves when `count` pictures and undecodable units have been told. */
  accounted(count: number): Promise<void>;
}

const open: VideoDecoder[] = [];

function start(overrides: Partial<VideoDecoderOptions> = {}): Told {
  let wake = (): void => undefined;
  const told: Omit<Told, 'decoder'> = {
    pictures: [],
    undecodable: [],
    errors: [],
    keyframesNeeded: 0,
    children: new Set(),
    async accounted(count) {
      while (told.pictures.length + told.undecodable.length < count) await new Promise<void>((done) => (wake = done));
    },
  };
  const decoder = new VideoDecoder({
    ffmpeg,
    shapes: [{ format: 'bgr24' }],
    onPicture: (picture) => {
      told.pictures.push(picture);
      wake();
    },
    onUndecodable: (pts90k) => {
      told.undecodable.push(pts90k);
      wake();
    },
    onNeedKeyframe: () => (told.keyframesNeeded += 1),
    onError: (error) => told.errors.push(error),
    onChild: (pid, running) => (running ? told.children.add(pid) : told.children.delete(pid)),
    ...overrides,
  });
  open.push(decoder);
  return Object.assign(told, { decoder });
}

function push(to: Told, units: readonly CodedUnit[]): void {
  for (const unit of units) to.decoder.push(unit);
}

const ptsOf = (items: readonly { pts90k: number }[]): number[] => items.map(({ pts90k }) => pts90k);

/** How far the bytes of a picture of half the size are from the averages of the whole one's. */
function meanError(whole: Picture, half: Picture): number {
  let sum = 0;
  for (let y = 0; y < half.height; y += 1) {
    for (let byte = 0; byte < half.width * 3; byte += 1) {
      const at = (row: number, column: number): number =>
        whole.data[((2 * y + row) * whole.width + 2 * Math.floor(byte / 3) + column) * 3 + (byte % 3)] ?? 0;
      const average = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
      sum += Math.abs(average - (half.data[y * half.width * 3 + byte] ?? 0));
    }
  }
  return sum / half.data.length;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe('VideoDecoder', () => {
  it('gives each picture back with its exact timestamp and the pixels of a decoding at once', async () => {
    const told = start();
    push(told, vp8);
    await told.decoder.flush();
    expect(ptsOf(told.pictures)).toEqual(ptsOf(vp8));
    expect(told.pictures[0]).toMatchObject({ format: 'bgr24', ...CLIP_SIZE });
    expect(
      Buffer.concat(told.pictures.map(({ data }) => data)).equals(
        codedAtOnce(vp8, ['-f', 'rawvideo', '-pix_fmt', 'bgr24']),
      ),
    ).toBe(true);
    expect(told.pictures.map(readFrameNumber)).toEqual(vp8.map((_, index) => index));
    for (const { data } of told.pictures) expect(data.buffer.byteLength).toBe(data.length);
    expect(told).toMatchObject({ undecodable: [], errors: [], keyframesNeeded: 0 });
    expect(told.decoder.stats).toEqual({ units: 12, pictures: 12, skipped: 0, undecodable: 0, dropped: 0, deaths: 0 });
    expect(told.children.size).toBe(0);
  });

  it('gives each picture without waiting for the next unit', async () => {
    const told = start();
    for (const [index, unit] of vp8.entries()) {
      told.decoder.push(unit);
      await told.accounted(index + 1);
    }
    expect(ptsOf(told.pictures)).toEqual(ptsOf(vp8));
  });

  it.each(['h264', 'mjpeg'] as const)('decodes %s picture by picture', async (codec) => {
    const units = patternClip({ codec, frames: 6 });
    const told = start({ shapes: [{ format: 'gray8' }] });
    for (const [index, unit] of units.entries()) {
      told.decoder.push(unit);
      // H.264 may hold its first picture back until FFmpeg knows the stream.
      if (index > 1) await told.accounted(index);
    }
    await told.decoder.flush();
    expect(ptsOf(told.pictures)).toEqual(ptsOf(units));
    expect(told.pictures.map(readFrameNumber)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives every format of every picture', async () => {
    const formats = ['jpeg', 'png', 'rgb24', 'rgba', 'gray8', 'yuv420p'] as const;
    const told = start({ shapes: formats.map((format) => ({ format })) });
    push(told, vp8.slice(0, 3));
    await told.decoder.flush();
    const pixels = CLIP_SIZE.width * CLIP_SIZE.height;
    const sizes = { rgb24: 3 * pixels, rgba: 4 * pixels, gray8: pixels, yuv420p: 1.5 * pixels };
    for (const format of formats) {
      const pictures = told.pictures.filter((picture) => picture.format === format);
      expect(ptsOf(pictures)).toEqual(ptsOf(vp8.slice(0, 3)));
      for (const { data, width, height } of pictures) {
        expect({ width, height }).toEqual(CLIP_SIZE);
        if (format === 'jpeg') expect(data.subarray(0, 3).toString('hex')).toBe('ffd8ff');
        else if (format === 'png') expect(data.subarray(1, 4).toString()).toBe('PNG');
        else expect(data.length).toBe(sizes[format]);
      }
    }
    expect(told.undecodable).toEqual([]);
  });

  it('makes the JPEGs of VP8 in a cheaper way that gives the same bytes', async () => {
    const told = start({ shapes: [{ format: 'jpeg', jpegQuality: 7 }] });
    push(told, vp8);
    await told.decoder.flush();
    const args = ['-pix_fmt', 'yuvj420p', '-q:v', '7', '-huffman', 'default', '-threads', '1', '-f', 'mjpeg'];
    const jpegs = Buffer.concat(told.pictures.map(({ data }) => data));
    expect(jpegs.equals(codedAtOnce(vp8, args))).toBe(true);
  });

  it('decodes through hidden frames without counting them', async () => {
    const hidden = vp8.flatMap((unit) => [
      unit,
      { ...unit, data: hiddenVp8Frame(CLIP_SIZE.width, CLIP_SIZE.height), keyframe: false, pts90k: unit.pts90k + 1 },
    ]);
    const told = start();
    push(told, hidden);
    await told.decoder.flush();
    expect(
      Buffer.concat(told.pictures.map(({ data }) => data)).equals(
        codedAtOnce(vp8, ['-f', 'rawvideo', '-pix_fmt', 'bgr24']),
      ),
    ).toBe(true);
    expect(told.decoder.stats).toMatchObject({ units: 12, pictures: 12, undecodable: 0 });
  });

  it('tells a damaged unit once, asks for a keyframe and goes on', async () => {
    const damaged = vp8.map((unit, index) => (index === 5 ? { ...unit, data: unit.data.subarray(0, 5) } : unit));
    const told = start();
    push(told, damaged);
    await told.accounted(12);
    expect(told.undecodable).toEqual([vp8[5]?.pts90k]);
    expect(told.pictures).toHaveLength(11);
    expect(told.keyframesNeeded).toBe(1);
  });

  it('tells the last unit when it is damaged, at the flush', async () => {
    const [first, second] = vp8;
    if (!first || !second) throw new Error('no clip');
    const told = start();
    push(told, [first, { ...second, data: second.data.subarray(0, 5) }]);
    await told.decoder.flush();
    expect([ptsOf(told.pictures), told.undecodable]).toEqual([[first.pts90k], [second.pts90k]]);
  });

  it('starts at a keyframe: what comes before is told as undecodable', async () => {
    const told = start();
    push(told, [...vp8.slice(3, 6), ...later]);
    await told.decoder.flush();
    expect(told.undecodable).toEqual(ptsOf(vp8.slice(3, 6)));
    expect(told.keyframesNeeded).toBe(3);
    expect(ptsOf(told.pictures)).toEqual(ptsOf(later));
    expect(told.decoder.stats.dropped).toBe(3);
  });

  it('tells units that are no pictures of their codec', async () => {
    const told = start();
    for (const codec of ['vp8', 'h264', 'mjpeg'] as const) {
      told.decoder.push({ codec, data: Buffer.alloc(0), pts90k: told.undecodable.length, keyframe: true });
    }
    expect(told.undecodable).toEqual([0, 1, 2]);
    await told.decoder.flush();
    expect(told.children.size).toBe(0);
  });

  it('starts anew when the size or the codec changes at a keyframe, losing nothing', async () => {
    const larger = patternClip({ codec: 'vp8', frames: 4, width: 640, height: 360, firstPts90k: 2_000_000 });
    const h264 = patternClip({ codec: 'h264', frames: 4, firstPts90k: 3_000_000 });
    const told = start();
    push(told, [...vp8, ...larger, ...h264]);
    await told.decoder.flush();
    const units = [...vp8, ...larger, ...h264];
    expect(ptsOf(told.pictures).sort((a, b) => a - b)).toEqual(ptsOf(units));
    const large = told.pictures.filter(({ width }) => width === 640);
    expect(ptsOf(large)).toEqual(ptsOf(larger));
    expect(told.undecodable).toEqual([]);
  });

  it('starts anew when the timestamps go back', async () => {
    const told = start();
    push(told, [...later, ...vp8]);
    await told.decoder.flush();
    expect(ptsOf(told.pictures).sort((a, b) => a - b)).toEqual([...ptsOf(vp8), ...ptsOf(later)]);
    expect(told.undecodable).toEqual([]);
  });

  it('keeps exact timestamps over gaps of minutes and far from zero', async () => {
    const told = start();
    const far = vp8.map((unit, index) => ({ ...unit, pts90k: 2 ** 40 + index * 9_000_001 }));
    push(told, far);
    await told.decoder.flush();
    expect(ptsOf(told.pictures)).toEqual(ptsOf(far));
  });

  it('makes only what is wanted of each unit, and tells what was skipped', async () => {
    const skipped: number[] = [];
    const made: [pts90k: number, shape: number][] = [];
    const told = start({
      shapes: [{ format: 'jpeg' }, { format: 'gray8' }],
      onPicture: ({ pts90k }, shape) => made.push([pts90k, shape]),
      onSkipped: (pts90k) => skipped.push(pts90k),
    });
    const wanted = [0, 0b10, 0, 0, 0b11, 0, 0, 0, 0b01, 0, 0, 0];
    for (const [index, unit] of vp8.entries()) told.decoder.push(unit, wanted[index]);
    await told.decoder.flush();
    const pts = ptsOf(vp8);
    expect(skipped).toEqual(pts.filter((_, index) => wanted[index] === 0));
    expect(made.filter(([, shape]) => shape === 0).map(([time]) => time)).toEqual([pts[4], pts[8]]);
    expect(made.filter(([, shape]) => shape === 1).map(([time]) => time)).toEqual([pts[1], pts[4]]);
    expect(told.undecodable).toEqual([]);
    expect(told.decoder.stats).toMatchObject({ units: 12, pictures: 4, skipped: 9 });
  });

  it('keeps exact timestamps far from zero where it selects', async () => {
    const shapes = Array.from({ length: 12 }, () => ({ format: 'gray8' as const }));
    const told = start({ onSkipped: () => undefined, shapes });
    const far = vp8.map((unit, index) => ({ ...unit, pts90k: 2 ** 36 + index * 9_000_001 }));
    for (const unit of far) told.decoder.push(unit, 2 ** 12 - 1);
    await told.decoder.flush();
    expect(ptsOf(told.pictures).sort((a, b) => a - b)).toEqual(far.flatMap(({ pts90k }) => shapes.map(() => pts90k)));
  });

  it('makes pictures fit with their proportions, even sizes, colours and order of channels, and never larger', async () => {
    const fits = [
      { width: 320, height: 320 },
      { width: 4_000, height: 180 },
      { width: 101, height: 4_000 },
      { width: 4_000, height: 4_000 },
    ];
    const told = start({ shapes: [{ format: 'bgr24' }, ...fits.map((fit) => ({ format: 'bgr24' as const, fit }))] });
    push(told, patternClip({ codec: 'vp8', frames: 1, width: 640, height: 360 }));
    await told.decoder.flush();
    const pictures = told.pictures.sort((a, b) => b.data.length - a.data.length);
    expect(pictures.map(({ width, height }) => [width, height])).toEqual([
      ...[
        [640, 360],
        [640, 360],
        [320, 180],
        [320, 180],
        [100, 56],
      ],
    ]);
    for (const picture of pictures) expect(picture.data.length).toBe(picture.width * picture.height * 3);
    expect(pictures.filter(({ source }) => source?.width === 640 && source.height === 360)).toHaveLength(4);
    const [whole, , half] = pictures;
    if (whole === undefined || half === undefined) throw new Error('no pictures');
    expect(meanError(whole, half)).toBeLessThan(4);
    expect(readFrameNumber(half)).toBe(0);
  });

  it('changes shapes at the next keyframe, and asks for it', async () => {
    const told = start();
    push(told, vp8);
    told.decoder.setShapes([{ format: 'gray8' }]);
    expect(told.keyframesNeeded).toBe(1);
    push(told, later);
    await told.decoder.flush();
    expect(told.pictures.filter(({ format }) => format === 'bgr24')).toHaveLength(12);
    expect(ptsOf(told.pictures.filter(({ format }) => format === 'gray8'))).toEqual(ptsOf(later));
  });

  it('survives the death of its FFmpeg: tells what was lost, asks for a keyframe, starts again', async () => {
    const told = start();
    push(told, vp8.slice(0, 2));
    await told.accounted(2);
    for (const pid of told.children) process.kill(pid, 'SIGKILL');
    push(told, vp8.slice(2, 3));
    await told.accounted(3);
    expect(told.undecodable).toEqual([vp8[2]?.pts90k]);
    expect(told.keyframesNeeded).toBeGreaterThan(0);
    push(told, later);
    await told.decoder.flush();
    expect(ptsOf(told.pictures.slice(2))).toEqual(ptsOf(later));
    expect(told.errors).toEqual([]);
    expect(told.decoder.stats.deaths).toBe(1);
  });

  it('gives up after three deaths within ten seconds and tells it once', async () => {
    const told = start({ ffmpeg: { ...ffmpeg, ...standIn('exits-3-at-once') } });
    for (let round = 1; round <= 5; round += 1) {
      push(
        told,
        later.slice(0, 1).map((unit) => ({ ...unit, pts90k: round })),
      );
      await told.accounted(round);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told.errors.map(({ code }) => code)).toEqual(['FFMPEG_FAILED']);
    expect(told.errors[0]?.message).toContain('no luck today');
    expect(told.undecodable).toEqual([1, 2, 3, 4, 5]);
    expect(told.children.size).toBe(0);
  });

  it('drops up to the next keyframe when FFmpeg is behind, and replaces one that is stuck', () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs, epochMs: () => nowMs, after: () => () => undefined };
    const told = start({ ffmpeg: { ...ffmpeg, ...standIn('never-reads') }, clock });
    const [keyframe, inter] = later;
    if (!keyframe || !inter) throw new Error('no clip');
    for (let count = 0; count < 40; count += 1) told.decoder.push({ ...(count ? inter : keyframe), pts90k: count });
    expect(told.undecodable).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
    expect(told.decoder.stats).toMatchObject({ units: 40, dropped: 8, deaths: 0 });
    expect(told.keyframesNeeded).toBe(8);
    nowMs = 6_000;
    told.decoder.push({ ...keyframe, pts90k: 100 });
    expect(told.decoder.stats.deaths).toBe(1);
    told.decoder.push({ ...keyframe, pts90k: 200 });
    expect(told.children.size).toBe(2);
  });

  it('takes the child that was started ahead, and ends one that does not fit the stream', async () => {
    const ahead = start();
    ahead.decoder.prepare('vp8');
    const [child] = ahead.children;
    expect(child).toBeDefined();
    // There is nothing in it that could be let out.
    await ahead.decoder.flush();
    push(ahead, vp8);
    expect([...ahead.children]).toEqual([child]);
    await ahead.decoder.flush();
    expect(ptsOf(ahead.pictures)).toEqual(ptsOf(vp8));
    expect(ahead.pictures[0]).toMatchObject(CLIP_SIZE);

    const other = start();
    other.decoder.prepare('vp8');
    const h264 = patternClip({ codec: 'h264', frames: 4 });
    push(other, h264);
    await other.decoder.flush();
    expect(ptsOf(other.pictures)).toEqual(ptsOf(h264));
    expect(other.children.size).toBe(0);
    expect(other).toMatchObject({ undecodable: [], errors: [], keyframesNeeded: 0 });
    expect(other.decoder.stats.deaths).toBe(0);
  });

  it('ends a child that was started ahead for nothing, and counts none that died', async () => {
    const told = start();
    told.decoder.prepare('vp8');
    const [child] = told.children;
    process.kill(child ?? 0, 'SIGKILL');
    await expect.poll(() => told.children.size).toBe(0);
    told.decoder.prepare('vp8');
    expect(told.children.size).toBe(1);
    await told.decoder.close();
    expect(told.children.size).toBe(0);
    expect(told.decoder.stats.deaths).toBe(0);
    expect(told.errors).toEqual([]);
  });

  it('tells what a callback threw and goes on', async () => {
    const told = start({
      onPicture: () => {
        throw new Error('handler broke');
      },
    });
    push(told, vp8.slice(0, 3));
    await told.decoder.flush();
    expect(told.errors.map(({ message }) => message)).toEqual(['handler broke', 'handler broke', 'handler broke']);
    expect(told.decoder.stats).toMatchObject({ pictures: 3, deaths: 0 });
  });

  it('tells nothing and leaves no child after close, which may come at any time and twice', async () => {
    const told = start();
    push(told, vp8);
    await Promise.all([told.decoder.close(), told.decoder.close()]);
    const before = told.pictures.length;
    push(told, later);
    await told.decoder.flush();
    expect(told.pictures).toHaveLength(before);
    expect(told).toMatchObject({ undecodable: [], errors: [] });
    expect(told.children.size).toBe(0);
  });
});
