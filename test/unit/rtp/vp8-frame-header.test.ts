import { describe, expect, it } from 'vitest';
import { parseVp8FrameHeader } from '../../../src/rtp/vp8-frame-header';
import { unhex } from './packets';

describe('parseVp8FrameHeader', () => {
  it.each([
    ['a keyframe', '500100 9d012a 0005 d002', { keyframe: true, showFrame: true, width: 1280, height: 720 }],
    [
      'scaling bits beside the size',
      '500100 9d012a 8042 d082',
      { keyframe: true, showFrame: true, width: 640, height: 720 },
    ],
    ['an inter frame', '310200', { keyframe: false, showFrame: true }],
    ['a hidden inter frame', '210200', { keyframe: false, showFrame: false }],
    ['a keyframe without its start code', '500100 9d012b 0005 d002', undefined],
    ['a keyframe cut short', '500100 9d012a 0005 d0', undefined],
    ['two bytes', '3102', undefined],
    ['nothing', '', undefined],
  ])('reads %s', (_name, frame, header) => {
    expect(parseVp8FrameHeader(unhex(frame))).toEqual(header);
  });
});
