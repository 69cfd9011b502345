import { describe, expect, it } from 'vitest';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import { ivfFrameHeader, ivfHeader } from '../../../src/container/ivf';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import { ffmpeg } from '../container/run-ffmpeg';

/** Encoded frames of a moving picture. */
function encodedFrames(size: string, options: string[]): Buffer[] {
  const frames: Buffer[] = [];
  const demuxer = new NutDemuxer({ onStream: () => undefined, onPacket: ({ data }) => frames.push(data) });
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`, '-frames:v', '24'];
  demuxer.push(
    ffmpeg([
      ...input,
      '-c:v',
      'libvpx',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-threads',
      '1',
      ...options,
      '-f',
      'nut',
      '-',
    ]),
  );
  return frames;
}

/** One line a shown picture, its MD5 in it, as the decoder named gives them. */
function decodedPictures(decoder: string, size: string, frames: Buffer[]): string[] {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const ivf = [ivfHeader({ fourcc: 'VP80', width, height })];
  frames.forEach((frame, index) => ivf.push(ivfFrameHeader(frame.length, index), frame));
  const args = ['-f', 'ivf', '-c:v', decoder, '-i', 'pipe:0', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  return ffmpeg(args, Buffer.concat(ivf))
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

describe('hiddenVp8Frame', () => {
  it.each([
    ['vp8', '160x90', ['-g', '8']],
    ['libvpx', '160x90', ['-g', '8']],
    ['vp8', '353x289', ['-g', '100']],
    ['libvpx', '16x16', ['-g', '100']],
  ])('leaves every picture bit-identical (decoder %s, %s)', (decoder, size, options) => {
    const frames = encodedFrames(size, options);
    const [width = 0, height = 0] = size.split('x').map(Number);
    const hidden = hiddenVp8Frame(width, height);
    const plain = decodedPictures(decoder, size, frames);
    const closed = decodedPictures(
      decoder,
      size,
      frames.flatMap((frame) => [frame, hidden]),
    );
    expect(plain.length).toBeGreaterThan(20);
    expect(closed).toEqual(plain);
  });
});
