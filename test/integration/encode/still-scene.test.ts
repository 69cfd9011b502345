import { describe, expect, it } from 'vitest';
import { vp8EncodeArgs } from '../../../src/ffmpeg/encode-arguments';
import { demux } from '../container/demux';
import { ffmpeg } from '../container/run-ffmpeg';

const SIZE = { width: 640, height: 360 };
const FRAMES = 50;
/** Grey with the noise of a camera; a box 6 levels brighter, which nobody sees well, crosses it. */
const SCENE = [
  `color=c=0x808080:s=${SIZE.width}x${SIZE.height}:r=25,format=yuv420p[scene]`,
  'color=c=0x868686:s=48x96:r=25,format=yuv420p[box]',
  `[scene][box]overlay=x=n*8:y=128,noise=alls=2:allf=t:all_seed=1`,
].join(';');

function encode(): { packets: { data: Buffer; keyframe: boolean }[]; nut: Buffer } {
  const input = ['-f', 'lavfi', '-i', SCENE, '-frames:v', String(FRAMES)];
  const nut = ffmpeg([...input, ...vp8EncodeArgs({ ...SIZE, fps: 25 }), '-f', 'nut', '-']);
  return { packets: demux(nut).packets, nut };
}

/** Luma of the last picture of a clip, row by row. */
function lastPicture(nut: Buffer): Buffer {
  const luma = ffmpeg(['-f', 'nut', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'], nut);
  return luma.subarray(-SIZE.width * SIZE.height);
}

/** Mean luma of 32x64 pixels in the height of the box, from column `x` on. */
function meanLuma(picture: Buffer, x: number): number {
  const rows = Array.from({ length: 64 }, (_, row) => picture.subarray((144 + row) * SIZE.width + x).subarray(0, 32));
  return rows.reduce((sum, row) => sum + row.reduce((of, value) => of + value, 0), 0) / (64 * 32);
}

describe('the encoder on a still scene', () => {
  it('spends next to nothing on noise, and draws what moves, faint as it is', () => {
    const { packets, nut } = encode();
    const sizes = packets.filter(({ keyframe }) => !keyframe).map(({ data }) => data.length);
    const bitsPerPixel = (8 * sizes.reduce((sum, size) => sum + size, 0)) / sizes.length / SIZE.width / SIZE.height;
    expect(sizes.length).toBeGreaterThan(40);
    expect(bitsPerPixel).toBeLessThan(0.03);
    const boxLeft = (FRAMES - 1) * 8;
    const last = lastPicture(nut);
    const lumaAt = (x: number): number => meanLuma(last, x);
    const scene = lumaAt(boxLeft + 120);
    expect(lumaAt(boxLeft + 8) - scene).toBeGreaterThan(4);
    // Where it was before.
    expect(Math.abs(lumaAt(boxLeft - 120) - scene)).toBeLessThan(1.5);
  });
});
