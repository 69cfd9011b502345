import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import type { NutPacket, NutStream } from '../../../src/container/nut-demuxer';
import { parseAvcc, splitAvcc } from '../../../src/rtp/h264-bitstream';
import { SessionError } from '../../../src/errors';
import { seededRandom } from '../../unit/channel/random';
import { clip, ffmpeg, probePackets } from './run-ffmpeg';

const TEST_PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=30', '-frames:v', '40'];
const VP8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '16', '-threads', '1'];
const EXACT_TIMES = ['-enc_time_base', '-1', '-fps_mode', 'passthrough'];
const SIGNATURE = Buffer.from('nut/multimedia container\0', 'latin1').toString('hex');
const SYNCPOINT = Buffer.from('4e4be4adeeca4569', 'hex');
const md5 = (data: Buffer) => createHash('md5').update(data).digest('hex');

let smallVp8Bytes: Buffer | undefined;
/** Fifteen small frames, made once. */
function smallVp8(): Buffer {
  smallVp8Bytes ??= ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=30', '-frames:v', '15'],
    ...[...VP8, '-g', '5', '-f', 'nut', '-'],
  ]);
  return Buffer.from(smallVp8Bytes);
}

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

/** MD5s of the packets as FFmpeg's own demuxer gives them. */
const ffmpegDigests = (nut: Buffer) =>
  ffmpeg(['-f', 'nut', '-i', 'pipe:0', '-c', 'copy', '-f', 'framemd5', '-'], nut)
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',')[5]?.trim());

describe('NutDemuxer on what FFmpeg writes', () => {
  const cases: [string, { args: string[]; codecTag: string }][] = [
    ['VP8', { args: [...TEST_PICTURES, ...VP8, '-g', '10'], codecTag: 'VP80' }],
    ['JPEG', { args: [...TEST_PICTURES, '-c:v', 'mjpeg', ...EXACT_TIMES], codecTag: 'MJPG' }],
    [
      'raw BGR',
      { args: [...TEST_PICTURES, '-c:v', 'rawvideo', '-pix_fmt', 'bgr24', ...EXACT_TIMES], codecTag: 'BGR\x18' },
    ],
    [
      'H.264 with B-frames',
      { args: [...TEST_PICTURES, '-c:v', 'libx264', '-bf', '2', '-enc_time_base', '1/90000'], codecTag: 'H264' },
    ],
    [
      'VP8 that starts after a day, without an index',
      {
        args: ['-copyts', '-itsoffset', '95443.7', ...TEST_PICTURES, ...VP8, '-write_index', '0'],
        codecTag: 'VP80',
      },
    ],
    [
      'a gap longer than short timestamps reach',
      {
        args: [...TEST_PICTURES, '-vf', "setpts='N*3000+gt(N,20)*90000000'", '-c:v', 'mjpeg', ...EXACT_TIMES],
        codecTag: 'MJPG',
      },
    ],
  ];
  it.each(cases)('reads %s with the packets, times and keyframes that ffprobe lists', (_name, { args, codecTag }) => {
    const nut = ffmpeg([...args, '-f', 'nut', '-']);
    const { streams, packets } = demux(nut);
    const listed = probePackets(nut);
    expect(streams).toMatchObject([{ index: 0, codecTag, width: 160, height: 90 }]);
    const [num = 0, den = 0] = listed.timeBase;
    expect(listed.packets).toHaveLength(40);
    expect(packets.map(({ pts90k, keyframe, data }) => ({ pts90k, keyframe, sizeBytes: data.length }))).toEqual(
      listed.packets.map(({ pts, keyframe, sizeBytes }) => ({
        pts90k: Math.round((pts * num * 90_000) / den),
        keyframe,
        sizeBytes,
      })),
    );
    expect(packets.map(({ data }) => md5(data))).toEqual(ffmpegDigests(nut));
  });

  it('hands H.264 of an MP4 file on with length prefixes and avcC', (context) => {
    const pedestrians = clip(context, 'pedestrians.mp4');
    const nut = ffmpeg(['-i', pedestrians, '-map', '0:v', '-c', 'copy', '-f', 'nut', '-']);
    const { streams, packets } = demux(nut);
    expect(streams[0]).toMatchObject({ codecTag: 'avc1', width: 768, height: 576 });
    const record = parseAvcc(streams[0]?.extradata ?? Buffer.alloc(0));
    expect(record?.lengthSize).toBe(4);
    expect(record?.sps.map((nalu) => nalu[0])).toEqual([0x67]);
    expect(record?.pps.map((nalu) => nalu[0])).toEqual([0x68]);
    expect(packets).toHaveLength(300);
    expect(packets.map(({ pts90k }) => pts90k)).toEqual(packets.map((_packet, index) => index * 9000));
    expect(packets.map(({ data }) => md5(data))).toEqual(ffmpegDigests(nut));
    for (const { data } of packets) {
      const sliceBytes = splitAvcc(data, 4).reduce((sum, nalu) => sum + 4 + nalu.length, 0);
      expect(sliceBytes).toBe(data.length);
    }
  });

  it('keeps several streams with their own time bases apart', () => {
    const { streams, packets } = demux(
      ffmpeg([
        ...['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=25:duration=2'],
        ...['-f', 'lavfi', '-i', 'testsrc=size=32x16:rate=30000/1001:duration=2'],
        ...['-map', '0', '-map', '1', '-c:v:0', 'libvpx', '-c:v:1', 'mjpeg', '-f', 'nut', '-'],
      ]),
    );
    expect(streams.map(({ codecTag, width, height }) => [codecTag, width, height])).toEqual([
      ['VP80', 64, 48],
      ['MJPG', 32, 16],
    ]);
    const times = (index: number) => packets.filter((packet) => packet.streamIndex === index).map((it) => it.pts90k);
    expect(times(0)).toEqual(Array.from({ length: 50 }, (_, index) => index * 3600));
    expect(times(1)).toEqual(Array.from({ length: 60 }, (_, index) => index * 3003));
  });

  it('announces a stream once although its headers may be repeated at a syncpoint', () => {
    const nut = smallVp8();
    const headers = nut.subarray(SIGNATURE.length / 2, nut.indexOf(SYNCPOINT));
    const place = nut.lastIndexOf(SYNCPOINT);
    const repeated = Buffer.concat([nut.subarray(0, place), headers, nut.subarray(place)]);
    expect(demux(repeated)).toEqual(demux(nut));
  });

  it('gives every packet an ArrayBuffer of its own', () => {
    for (const { data } of demux(smallVp8()).packets) {
      expect(data.byteOffset).toBe(0);
      expect(data.buffer.byteLength).toBe(data.length);
    }
  });
});

describe('NutDemuxer on any input', () => {
  it('does not depend on where chunks end', () => {
    const nut = smallVp8();
    const whole = demux(nut, () => nut.length);
    expect(demux(nut, () => 1)).toEqual(whole);
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed);
      expect(demux(nut, () => 1 + Math.floor(random() ** 4 * 3000))).toEqual(whole);
    }
  });

  it('leaves the chunks it is given as they are', () => {
    const nut = smallVp8();
    const before = Buffer.from(nut);
    demux(nut, () => nut.length);
    expect(nut.equals(before)).toBe(true);
  });

  it('refuses a packet above its limit before allocating it', () => {
    expect(() => demux(smallVp8(), () => 1000, 500)).toThrow(/packet of \d+ bytes, maximum is 500/);
  });

  it.each([
    ['text', Buffer.from('Error opening input: no such file or directory')],
    ['another container', Buffer.concat([Buffer.from('DKIF'), Buffer.alloc(100)])],
    ['a frame before any header', Buffer.from('nut/multimedia container\0\x01\x02\x03', 'latin1')],
    ['a header of absurd length', Buffer.from(`${SIGNATURE}4e4d7a561f5f04ad848080800000000000`, 'hex')],
    ['a length of more than 64 bits', Buffer.from(`${SIGNATURE}4e4d7a561f5f04adffffffffffffffffffffffff7f`, 'hex')],
    ['an unknown startcode', Buffer.from(`${SIGNATURE}4e4d7a561f5f04ff0400000000`, 'hex')],
  ])('refuses %s with FFMPEG_FAILED', (_name, bytes) => {
    expect(() => demux(bytes)).toThrow(expect.objectContaining({ name: 'SessionError', code: 'FFMPEG_FAILED' }));
  });

  it('stays refused after damage', () => {
    const demuxer = new NutDemuxer({ onStream: () => undefined, onPacket: () => undefined });
    expect(() => demuxer.push(Buffer.from('garbage'))).toThrow(SessionError);
    expect(() => demuxer.push(smallVp8())).toThrow(/damaged before/);
  });

  it('either reads or refuses damaged bytes, within its packet limit', () => {
    const nut = smallVp8();
    const random = seededRandom(20_240_601);
    let refused = 0;
    for (let round = 0; round < 400; round += 1) {
      const damaged = Buffer.from(nut.subarray(0, 1 + Math.floor(random() * nut.length)));
      for (let flip = 0; flip < 4; flip += 1) {
        // Mostly in the headers, where it matters most.
        const place = Math.floor(random() ** 3 * damaged.length);
        damaged[place] = Math.floor(random() * 256);
      }
      try {
        for (const { data } of demux(damaged, () => 4096, 100_000).packets) {
          expect(data.length).toBeLessThanOrEqual(100_000);
        }
      } catch (thrown) {
        refused += 1;
        expect(thrown).toBeInstanceOf(SessionError);
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
