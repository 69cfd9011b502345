import { describe, expect, it } from 'vitest';
import { H264Copier } from '../../../src/source/h264-copier';

/** The parameter sets of pedestrians.mp4: Baseline, 768x576. */
const SPS = Buffer.from('6742c01fd980c01268400000030040000005 03c60c9a'.replace(/ /g, ''), 'hex');
const PPS = Buffer.from('68c9632c80', 'hex');
const IDR = Buffer.from('6588840a', 'hex');
const SLICE = Buffer.from('419a0102', 'hex');
const AUD = Buffer.from('09f0', 'hex');
const SEI = Buffer.from('0605010203', 'hex');
const EOS = Buffer.from('0a', 'hex');
const FILLER = Buffer.from('0cffff80', 'hex');

const annexB = (...nalus: Buffer[]): Buffer =>
  Buffer.concat(nalus.flatMap((nalu) => [Buffer.from([0, 0, 0, 1]), nalu]));
const avcc = (...nalus: Buffer[]): Buffer =>
  Buffer.concat(nalus.flatMap((nalu) => [Buffer.from([0, 0, 0, nalu.length]), nalu]));
const AVCC_RECORD = Buffer.concat([
  Buffer.from([1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, SPS.length]),
  SPS,
  Buffer.from([1, 0, PPS.length]),
  PPS,
]);

const cases: [string, { extradata: Buffer; packets: Buffer[] }, (Buffer | undefined)[]][] = [
  [
    'gives an MP4 keyframe its parameter sets',
    { extradata: AVCC_RECORD, packets: [avcc(IDR), avcc(SLICE)] },
    [annexB(SPS, PPS, IDR), annexB(SLICE)],
  ],
  [
    'leaves a complete RTSP keyframe alone',
    { extradata: annexB(SPS, PPS), packets: [annexB(SPS, PPS, IDR)] },
    [annexB(SPS, PPS, IDR)],
  ],
  [
    'takes parameter sets that came alone for the next keyframe (Tapo TC70, Reolink Duo 2)',
    { extradata: Buffer.alloc(0), packets: [annexB(SPS), annexB(PPS), annexB(IDR)] },
    [undefined, undefined, annexB(SPS, PPS, IDR)],
  ],
  [
    'leaves out a lone SEI or access unit delimiter',
    { extradata: annexB(SPS, PPS), packets: [annexB(SEI), annexB(AUD), annexB(SLICE)] },
    [undefined, undefined, annexB(SLICE)],
  ],
  [
    'strips delimiters, filler and ends of sequence, which stall aiortc',
    { extradata: annexB(SPS, PPS), packets: [annexB(AUD, SEI, SLICE, FILLER, EOS)] },
    [annexB(SEI, SLICE)],
  ],
  [
    'takes apart parameter sets and picture in one MP4 unit',
    { extradata: AVCC_RECORD, packets: [avcc(Buffer.concat([SPS, annexB(PPS, IDR)]))] },
    [annexB(SPS, PPS, IDR)],
  ],
];

describe('H264Copier', () => {
  it.each(cases)('%s', (_, { extradata, packets }, expected) => {
    const copier = new H264Copier({ extradata });
    const untouched = packets.map((data) => Buffer.from(data));
    expect(packets.map((data) => copier.push({ data })?.annexB)).toEqual(expected);
    expect(packets).toEqual(untouched);
  });

  it('marks only IDR pictures as a place to start', () => {
    const copier = new H264Copier({ extradata: AVCC_RECORD });
    expect([avcc(IDR), avcc(SLICE)].map((data) => copier.push({ data })?.idr)).toEqual([true, false]);
  });

  it('knows the picture size from extradata or from the stream', () => {
    expect(new H264Copier({ extradata: AVCC_RECORD }).sps).toMatchObject({ width: 768, height: 576 });
    const copier = new H264Copier({ extradata: Buffer.alloc(0) });
    expect(copier.sps).toBeUndefined();
    copier.push({ data: annexB(SPS, PPS, IDR) });
    expect(copier.sps).toMatchObject({ profileIdc: 66, width: 768, height: 576 });
  });

  it('survives garbage', () => {
    const copier = new H264Copier({ extradata: Buffer.from([1, 2, 3]) });
    expect(copier.push({ data: Buffer.from([0, 0, 0, 9, 1, 2]) })?.idr ?? false).toBe(false);
    expect(copier.push({ data: Buffer.alloc(0) })).toBeUndefined();
  });
});
