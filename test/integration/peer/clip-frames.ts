/** Real access units: the shared clip as it is (H.264) and encoded (VP8). */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccessUnit } from '../../../src/media/video';
import { isSlice, joinAnnexB, NAL, nalType, splitAnnexB } from '../../../src/rtp/h264-bitstream';

const CLIP = resolve(process.cwd(), '../shared/media/pedestrians.mp4');
const IVF_HEADER_BYTES = 32;
const IVF_FRAME_HEADER_BYTES = 12;
const FIRST_MB_IS_ZERO = 0x80;

/** False where the clips are not installed; tests then say so by being skipped. */
export const hasClip = existsSync(CLIP);

/** The first frames as VP8, a keyframe every 15. */
export function vp8Units(count: number, fps = 30): AccessUnit[] {
  const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '16', '-threads', '1', '-g', '15', '-b:v', '2M'];
  const ivf = ffmpeg(count, [...vp8, '-f', 'ivf']);
  const frames: Buffer[] = [];
  for (let offset = IVF_HEADER_BYTES; offset < ivf.length;) {
    const start = offset + IVF_FRAME_HEADER_BYTES;
    const end = start + ivf.readUInt32LE(offset);
    frames.push(ivf.subarray(start, end));
    offset = end;
  }
  return frames.map((data, index) => unit('vp8', { data, keyframe: ((data[0] ?? 1) & 1) === 0, index, fps }));
}

/** The first frames as the clip has them, an IDR every 20. */
export function h264Units(count: number, fps = 30): AccessUnit[] {
  const stream = ffmpeg(count, ['-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'h264']);
  const pictures: Buffer[][] = [];
  let current: Buffer[] = [];
  for (const nalu of splitAnnexB(stream)) {
    const startsPicture = !isSlice(nalu) || ((nalu[1] ?? 0) & FIRST_MB_IS_ZERO) !== 0;
    if (current.some(isSlice) && startsPicture) {
      pictures.push(current);
      current = [];
    }
    current.push(nalu);
  }
  pictures.push(current);
  return pictures.map((nalus, index) =>
    unit('h264', { data: joinAnnexB(nalus), keyframe: nalus.some((nalu) => nalType(nalu) === NAL.idr), index, fps }),
  );
}

function unit(
  codec: AccessUnit['codec'],
  frame: { data: Buffer; keyframe: boolean; index: number; fps: number },
): AccessUnit {
  const pts90k = Math.round((frame.index * 90_000) / frame.fps);
  return { codec, data: frame.data, keyframe: frame.keyframe, pts90k, capturedAtMs: null };
}

function ffmpeg(count: number, output: readonly string[]): Buffer {
  const input = ['-loglevel', 'error', '-i', CLIP, '-frames:v', String(count)];
  return execFileSync('ffmpeg', [...input, ...output, '-'], { maxBuffer: 2 ** 28 });
}
