import { describe, expect, it } from 'vitest';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import { parseVp8FrameHeader } from '../../../src/rtp/vp8-frame-header';

describe('hiddenVp8Frame', () => {
  it.each([
    [768, 576, 60],
    [1280, 720, 101],
    [1920, 1080, 197],
  ])('takes for %i x %i pixels %i bytes', (width, height, bytes) => {
    expect(hiddenVp8Frame(width, height)).toHaveLength(bytes);
  });

  it('is a hidden inter frame', () => {
    expect(parseVp8FrameHeader(hiddenVp8Frame(640, 360))).toEqual({ keyframe: false, showFrame: false });
  });

  it('is built once for a size', () => {
    expect(hiddenVp8Frame(320, 240)).toBe(hiddenVp8Frame(320, 240));
  });
});
