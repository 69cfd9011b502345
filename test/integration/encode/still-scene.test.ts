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

/** Mean luma of a rectangle of the last picture of a clip. */
function lumaOfLast(nut: Buffer, area: { x: number; y: number; width: number; height: number }): number {
  const { x, y, width, height } = area;
  const crop = `crop=${width}:${height}:${x}:${y}`;
  const luma = ffmpeg(['-f', 'nut', '-i', '-', '-vf', crop, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'], nut);
  const last = luma.subarray(-width * height);
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}

describe('the encoder on a still scene', () => {
  it('spends next to nothing on noise, and draws what moves, faint as it is', () => {
    const { packets, nut } = encode();
    const sizes = packets.filter(({ keyframe }) => !keyframe).map(({ data }) => data.length);
    const bitsPerPixel = (8 * sizes.reduce((sum, size) => sum + size, 0)) / sizes.length / SIZE.width / SIZE.height;
    expect(sizes.length).toBeGreaterThan(40);
    expect(bitsPerPixel).toBeLessThan(0.03);
    const boxLeft = (FRAMES - 1) * 8;
    const lumaAt = (x: number): number => lumaOfLast(nut, { x, y: 144, width: 32, height: 64 });
    const scene = lumaAt(boxLeft + 120);
    expect(lumaAt(boxLeft + 8) - scene).toBeGreaterThan(4);
    // Where it was before.
    expect(Math.abs(lumaAt(boxLeft - 120) - scene)).toBeLessThan(1.5);
  });
});
