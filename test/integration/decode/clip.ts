/** Small clips made by the real FFmpeg for tests: the test pattern, coded; and FFmpeg's own decoding of them. */
import { spawnSync } from 'node:child_process';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import type { CodedUnit } from '../../../src/decode/coded-unit';
import { vp8EncodeArgs, mjpegEncodeArgs } from '../../../src/ffmpeg/encode-arguments';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import { testPatternGraph } from '../../../src/source/test-pattern';

export const ffmpeg = await locateFfmpeg();

/** The smallest in which the number survives the codecs. */
export const CLIP_SIZE = { width: 480, height: 270 } as const;

const CODEC_ARGS: Record<CodedUnit['codec'], string[]> = {
  vp8: vp8EncodeArgs({ fps: 30 }),
  h264: ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-x264-params', 'repeat-headers=1'],
  mjpeg: mjpegEncodeArgs(),
};

/** `frames` units of the test pattern at 30 frames a second; pts from `firstPts90k` in steps of 3,000. */
export function patternClip(options: {
  codec: CodedUnit['codec'];
  frames: number;
  width?: number;
  height?: number;
  firstPts90k?: number;
}): CodedUnit[] {
  const { codec, frames, width = CLIP_SIZE.width, height = CLIP_SIZE.height, firstPts90k = 7 } = options;
  const input = ['-f', 'lavfi', '-i', testPatternGraph({ width, height, fps: 30 })];
  const nut = run([...input, '-frames:v', String(frames), ...CODEC_ARGS[codec], '-f', 'nut', 'pipe:1']);
  const units: CodedUnit[] = [];
  const demuxer = new NutDemuxer({
    onStream: () => undefined,
    onPacket: ({ data, keyframe }) => units.push({ codec, data, keyframe, pts90k: firstPts90k + units.length * 3_000 }),
  });
  demuxer.push(nut);
  return units;
}

/** What FFmpeg makes of a whole VP8 clip at once, written as `outputArgs` say. */
export function codedAtOnce(units: readonly CodedUnit[], outputArgs: readonly string[]): Buffer {
  const header = Buffer.alloc(32);
  header.write('DKIF\0\0 \0VP80', 'latin1');
  header.writeUInt16LE(CLIP_SIZE.width, 12);
  header.writeUInt16LE(CLIP_SIZE.height, 14);
  header.writeUInt32LE(90_000, 16);
  header.writeUInt32LE(1, 20);
  const frames = units.flatMap(({ data, pts90k }) => {
    const frame = Buffer.alloc(12);
    frame.writeUInt32LE(data.length);
    frame.writeUInt32LE(pts90k, 4);
    return [frame, data];
  });
  const args = ['-f', 'ivf', '-i', 'pipe:0', '-vsync', '0', ...outputArgs, 'pipe:1'];
  return run(args, Buffer.concat([header, ...frames]));
}

function run(args: string[], input?: Buffer): Buffer {
  const options = { input: input ?? '', maxBuffer: 512 * 1024 * 1024 };
  const { status, stdout, stderr } = spawnSync(ffmpeg.path, ['-loglevel', 'error', ...args], options);
  if (status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}
