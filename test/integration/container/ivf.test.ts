import { describe, expect, it } from 'vitest';
import { ivfFrameHeader, ivfHeader } from '../../../src/container/ivf';
import type { IvfFourcc } from '../../../src/container/ivf';
import type { NutPacket } from '../../../src/container/nut-demuxer';
import { demux } from './demux';
import { ffmpeg } from './run-ffmpeg';

const PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=30', '-frames:v', '12'];
/** Uneven on purpose, beyond 32 bits, with steps of one tick. */
const TIMES = [
  0, 1, 3000, 3001, 9000, 9007, 90_000, 123_457, 4_294_967_295, 4_294_967_296, 4_295_000_000, 9_000_000_001,
];

/** The packets of one stream, the first with the extradata before it: libx264 leaves SPS and PPS there. */
function packetsOf(nut: Buffer): NutPacket[] {
  const { packets, extradata } = demux(nut);
  return packets.map((packet, index) =>
    index === 0 ? { ...packet, data: Buffer.concat([extradata, packet.data]) } : packet,
  );
}

describe("FFmpeg's IVF demuxer on our headers", () => {
  const cases: [IvfFourcc, string[]][] = [
    ['VP80', ['-c:v', 'libvpx', '-deadline', 'realtime']],
    ['H264', ['-c:v', 'libx264', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p']],
    ['MJPG', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']],
    ['I420', ['-c:v', 'rawvideo', '-pix_fmt', 'yuv420p']],
  ];
  it.each(cases)('takes %s from a pipe, decodes each frame and keeps its time to the tick', (fourcc, encoder) => {
    const frames = packetsOf(ffmpeg([...PICTURES, ...encoder, '-f', 'nut', '-']));
    expect(frames).toHaveLength(TIMES.length);
    const ivf = [ivfHeader({ fourcc, width: 64, height: 48 })];
    frames.forEach(({ data }, index) => ivf.push(ivfFrameHeader(data.length, TIMES[index] ?? 0), data));
    const input = ['-copyts', '-analyzeduration', '0', '-f', 'ivf', '-i', 'pipe:0'];
    const output = ['-enc_time_base', '-1', '-fps_mode', 'passthrough', '-c:v', 'rawvideo', '-pix_fmt', 'bgr24'];
    const pictures = packetsOf(ffmpeg([...input, ...output, '-f', 'nut', '-'], Buffer.concat(ivf)));
    expect(pictures.map(({ pts90k }) => pts90k)).toEqual(TIMES);
    expect(pictures.map(({ data }) => data.length)).toEqual(TIMES.map(() => 64 * 48 * 3));
  });
});
