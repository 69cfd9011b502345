/** Real encoded frames, made by ffmpeg once a test file. */
import { joinAnnexB, parseAvcc, splitAvcc } from '../../../src/rtp/h264-bitstream';
import { H264ParameterSets } from '../../../src/rtp/h264-parameter-sets';
import { demux } from '../container/demux';
import { ffmpeg } from '../container/run-ffmpeg';

export interface EncodedFrame {
  data: Buffer;
  keyframe: boolean;
}

const MOVING = ['-f', 'lavfi', '-i', 'testsrc2=size=192x144:rate=30', '-frames:v', '30'];

export function vp8Frames(): EncodedFrame[] {
  const encoder = [
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-cpu-used',
    '16',
    '-threads',
    '1',
    '-b:v',
    '3M',
    '-g',
    '10',
  ];
  return demux(ffmpeg([...MOVING, ...encoder, '-f', 'nut', '-'])).packets;
}

/** An MP4 clip's access units in Annex B form, parameter sets before each IDR, as a sender makes them. */
export function h264FramesOf(path: string, count: number): EncodedFrame[] {
  const input = ['-i', path, '-map', '0:v', '-c', 'copy', '-frames:v', String(count)];
  const { packets, extradata } = demux(ffmpeg([...input, '-f', 'nut', '-']));
  const record = parseAvcc(extradata);
  if (record === undefined) throw new Error('the clip has no avcC record');
  const sets = new H264ParameterSets([...record.sps, ...record.pps]);
  return packets.map(({ data, keyframe }) => ({
    data: joinAnnexB(sets.complete(splitAvcc(data, record.lengthSize))),
    keyframe,
  }));
}
