import { describe, expect, it } from 'vitest';
import type { H264Sps } from '../../../src/rtp/h264-sps';
import { chooseVideoPath, measuredFps } from '../../../src/source/video-path';
import type { StreamProbe, VideoPath } from '../../../src/source/video-path';

const BASELINE: H264Sps = {
  profileIdc: 66,
  levelIdc: 31,
  width: 640,
  height: 480,
  maxNumReorderFrames: undefined,
  frameMbsOnly: true,
};
const MAIN: H264Sps = { ...BASELINE, profileIdc: 77 };
const GOOD: StreamProbe = {
  requested: 'auto',
  rotated: false,
  codecTag: 'avc1',
  sps: BASELINE,
  pts90k: [0, 3000],
  complete: false,
};

const cases: [string, Partial<StreamProbe>, VideoPath][] = [
  ['Baseline is copied as soon as two pictures are there', {}, { kind: 'copied' }],
  ['one picture is not enough', { pts90k: [0] }, { kind: 'undecided' }],
  ['one picture is enough if nothing follows', { pts90k: [0], complete: true }, { kind: 'copied' }],
  ['Main that says "no reordering" is copied', { sps: { ...MAIN, maxNumReorderFrames: 0 } }, { kind: 'copied' }],
  ['Main that says nothing is watched', { sps: MAIN, pts90k: [0, 3000, 6000] }, { kind: 'undecided' }],
  ['Main in order is copied', { sps: MAIN, pts90k: [0, 3000, 6000, 9000] }, { kind: 'copied' }],
  ['Main out of order has B-frames', { sps: MAIN, pts90k: [0, 6000, 3000] }, { kind: 'encoded', reason: 'B-frames' }],
  [
    'reordering that is announced counts before it happens',
    { sps: { ...MAIN, maxNumReorderFrames: 2 } },
    { kind: 'encoded', reason: 'B-frames' },
  ],
  [
    'Baseline cannot reorder whatever its SPS claims',
    { sps: { ...BASELINE, maxNumReorderFrames: 2 } },
    { kind: 'copied' },
  ],
  ['High is copied', { sps: { ...MAIN, profileIdc: 100, maxNumReorderFrames: 0 } }, { kind: 'copied' }],
  [
    'ten bits are not',
    { sps: { ...MAIN, profileIdc: 110, maxNumReorderFrames: 0 } },
    { kind: 'encoded', reason: 'H.264 profile 110' },
  ],
  [
    '4:2:2 is not',
    { sps: { ...MAIN, profileIdc: 122, maxNumReorderFrames: 0 } },
    { kind: 'encoded', reason: 'H.264 profile 122' },
  ],
  ['interlaced is not', { sps: { ...MAIN, frameMbsOnly: false } }, { kind: 'encoded', reason: 'interlaced' }],
  ['a timestamp twice is not', { pts90k: [0, 3000, 3000] }, { kind: 'encoded', reason: 'timestamps out of order' }],
  [
    'a timestamp before the first is not a B-frame',
    { pts90k: [9000, 12_000, 3000] },
    { kind: 'encoded', reason: 'timestamps out of order' },
  ],
  ['parameter sets are waited for', { sps: undefined }, { kind: 'undecided' }],
  ['but not for ever', { sps: undefined, complete: true }, { kind: 'encoded', reason: 'no parameter sets' }],
  ['H.265 is encoded', { codecTag: 'hev1' }, { kind: 'encoded', reason: 'codec H.265' }],
  ['an unnamed codec is encoded', { codecTag: '\0\0\0\0' }, { kind: 'encoded', reason: 'codec unknown' }],
  ['so it is if asked for', { requested: 'encode' }, { kind: 'encoded', reason: 'asked for' }],
  ['and if rotated', { rotated: true }, { kind: 'encoded', reason: 'rotated' }],
];

describe('chooseVideoPath', () => {
  it.each(cases)('%s', (_, change, expected) => {
    expect(chooseVideoPath({ ...GOOD, ...change })).toEqual(expected);
  });
});

describe('measuredFps', () => {
  it.each([
    [[], null],
    [[0], null],
    [[0, 3000], 30],
    [[0, 9000, 3000, 6000], 30],
    [[0, 1, 9000, 18_000], 10],
    [[0, 1], null],
    [[0, 3003, 6006, 99_000], 30],
  ])('of %j is %j', (pts90k, fps) => {
    expect(measuredFps(pts90k)).toBe(fps);
  });
});
