import { describe, expect, it } from 'vitest';
import { parseSps } from '../../../src/rtp/h264-sps';
import { seededRandom } from '../channel/random';
import { unhex } from './packets';

const x264Baseline = '6742c00bd901519e225c044000000300400000030283c50a92';

describe('parseSps', () => {
  it.each([
    [
      'x264 baseline, cropped to 322x184',
      x264Baseline,
      { profileIdc: 66, levelIdc: 11, width: 322, height: 184, maxNumReorderFrames: 0, frameMbsOnly: true },
    ],
    [
      'x264 main with two B-frames',
      '674d400ceca0a8cf112e022000000300200000030141e28532c0',
      { profileIdc: 77, levelIdc: 12, width: 322, height: 184, maxNumReorderFrames: 2, frameMbsOnly: true },
    ],
    [
      'x264 high, interlaced, with HRD parameters',
      '67640015acd941533c45e02200000300020000030014c04003d08000f425251007c50a6580',
      { profileIdc: 100, levelIdc: 21, width: 322, height: 184, maxNumReorderFrames: 2, frameMbsOnly: false },
    ],
    [
      'x264 4:4:4 with scaling matrices and an odd pixel shape',
      '67f4000c919b282a33c7c4ffe00c2003f6a02040480000030008000003005078a14cb0',
      { profileIdc: 244, levelIdc: 12, width: 322, height: 184, maxNumReorderFrames: 2, frameMbsOnly: true },
    ],
    [
      'x264 high at 1920x1080, zero latency',
      '67640028acb200f0044fcb80880000030008000003005478c19240',
      { profileIdc: 100, levelIdc: 40, width: 1920, height: 1080, maxNumReorderFrames: 0, frameMbsOnly: true },
    ],
    [
      'pedestrians.mp4',
      '6742c01fd980c0126840000003004000000503c60c9a',
      { profileIdc: 66, levelIdc: 31, width: 768, height: 576, maxNumReorderFrames: 0, frameMbsOnly: true },
    ],
    [
      'street-bframes.mp4',
      '67640015ac56241b1fe4e6a0c0c0c8000003000800000301e078b16c4c',
      { profileIdc: 100, levelIdc: 21, width: 426, height: 240, maxNumReorderFrames: 2, frameMbsOnly: true },
    ],
    [
      // Made by hand: profile 66, pic_order_cnt_type 0, 20 x 15 macroblocks, no VUI.
      'a stream without VUI, which says nothing about reordering',
      '6742001e f4 0a 0f c8',
      { profileIdc: 66, levelIdc: 30, width: 320, height: 240, maxNumReorderFrames: undefined, frameMbsOnly: true },
    ],
  ])('reads %s', (_name, nalu, facts) => {
    const input = unhex(nalu);
    const before = Buffer.from(input);
    expect(parseSps(input)).toEqual(facts);
    expect(input).toEqual(before);
  });

  it('keeps the size when the VUI is cut short, as some cameras do', () => {
    const cut = unhex('674d400ceca0a8cf112e0220');
    expect(parseSps(cut)).toMatchObject({ width: 322, height: 184, maxNumReorderFrames: undefined });
  });

  it.each([
    ['a PPS', '68c9632c80'],
    ['nothing', ''],
    ['an SPS cut in its profile', '6742'],
    ['an SPS cut before its size', '6742c00bd9'],
    ['zeros', '6700000000000000000000000000000000'],
    ['a size of millions of pixels across', '6742001e f40000100000400000080000 0fc8'],
  ])('says that %s is none', (_name, nalu) => {
    expect(parseSps(unhex(nalu))).toBeUndefined();
  });

  it('never throws on random bytes, and only gives sizes that can be', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 5000; round += 1) {
      const nalu = unhex(x264Baseline).subarray(0, 1 + Math.floor(random() * 30));
      for (let flip = 0; flip < 3; flip += 1) {
        nalu[1 + Math.floor(random() * (nalu.length - 1))] = Math.floor(random() * 256);
      }
      const sps = parseSps(nalu);
      if (sps === undefined) continue;
      expect(sps.width).toBeGreaterThan(0);
      expect(sps.width).toBeLessThanOrEqual(16_384);
      expect(sps.height).toBeGreaterThan(0);
    }
  });
});
