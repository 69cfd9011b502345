import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import type { NutPacket, NutStream } from '../../../src/container/nut-demuxer';
import { SessionError } from '../../../src/errors';
import { clip, ffmpeg, probePackets, seededRandom } from './run-ffmpeg';

const pedestrians = clip('pedestrians.mp4');
const TEST_PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=30', '-frames:v', '40'];
const EXACT_TIMES = ['-enc_time_base', '-1', '-fps_mode', 'passthrough'];

function demux(nut: Buffer, chunkBytes: () => number = () => 65_536, maxPacketBytes?: number) {
  const streams: NutStream[] = [];
  const packets: NutPacket[] = [];
  const demuxer = new NutDemuxer({
    onStream: (stream) => streams.push(stream),
    onPacket: (packet) => packets.push(packet),
    ...(maxPacketBytes === undefined ? {} : { maxPacketBytes }),
  });
  for (let offset = 0; offset < nut.length;) {
    const end = Math.min(nut.length, offset + chunkBytes());
    // A chunk of its own that is wiped afterwards, as a reused read buffer would be.
    const chunk = Buffer.from(nut.subarray(offset, end));
    demuxer.push(chunk);
    chunk.fill(0xee);
    offset = end;
  }
  return { streams, packets };
}

const digest = (packets: NutPacket[]) =>
  packets.map(({ streamIndex, pts90k, keyframe, data }) =>
    [streamIndex, pts90k, keyframe, data.length, createHash('md5').update(data).digest('hex')].join(),
  );

/** MD5s of the packets as FFmpeg's own demuxer gives them. */
const ffmpegDigests = (nut: Buffer) =>
  ffmpeg(['-f', 'nut', '-i', 'pipe:0', '-c', 'copy', '-f', 'framemd5', '-'], nut)
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',')[5]?.trim());

describe('NutDemuxer on what FFmpeg writes', () => {
  const cases: [string, string[], string, number, number][] = [
    ['VP8', [...TEST_PICTURES, '-c:v', 'libvpx', '-deadline', 'realtime', '-g', '10'], 'VP80', 160, 90],
    ['JPEG', [...TEST_PICTURES, '-c:v', 'mjpeg', ...EXACT_TIMES], 'MJPG', 160, 90],
    ['raw BGR', [...TEST_PICTURES, '-c:v', 'rawvideo', '-pix_fmt', 'bgr24', ...EXACT_TIMES], 'BGR\x18', 160, 90],
    [
      'H.264 with B-frames',
      [...TEST_PICTURES, '-c:v', 'libx264', '-bf', '2', '-enc_time_base', '1/90000'],
      'H264',
      160,
      90,
    ],
    [
      'VP8 from an offset, without index',
      [
        ...['-copyts', '-itsoffset', '95443.7', ...TEST_PICTURES, '-c:v', 'libvpx', '-deadline', 'realtime'],
        ...['-write_index', '0'],
      ],
      'VP80',
      160,
      90,
    ],
    [
      'a gap longer than the short timestamps reach',
      [
        ...TEST_PICTURES,
        '-vf',
        "setpts='N*3000+gt(N,20)*90000000'",
        '-c:v',
        'mjpeg',
        '-enc_time_base',
        '1/90000',
        '-fps_mode',
        'passthrough',
      ],
      'MJPG',
      160,
      90,
    ],
  ];
  it.each(cases)(
    'reads %s with the packets, times and keyframes that ffprobe lists',
    (_name, args, tag, width, height) => {
      const nut = ffmpeg([...args, '-f', 'nut', '-']);
      const { streams, packets } = demux(nut);
      const listed = probePackets(nut);
      expect(streams).toMatchObject([{ index: 0, codecTag: tag, width, height }]);
      const [num = 0, den = 0] = listed.timeBase;
      expect(listed.packets).toHaveLength(40);
      expect(packets.map(({ pts90k, keyframe, data }) => ({ pts90k, keyframe, sizeBytes: data.length }))).toEqual(
        listed.packets.map(({ pts, keyframe, sizeBytes }) => ({
          pts90k: Math.round((pts * num * 90_000) / den),
          keyframe,
          sizeBytes,
        })),
      );
      expect(packets.map(({ data }) => createHash('md5').update(data).digest('hex'))).toEqual(ffmpegDigests(nut));
    },
  );
});
