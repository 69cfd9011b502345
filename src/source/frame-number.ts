/**
 * A number drawn into pictures as blocks: one row of bits, highest first, and a row of their opposites below it, so
 * that a damaged or foreign picture is told from a number. Blocks are far enough apart and small enough not to count as
 * motion (protocol.md M), and grow with the picture.
 */
import type { Picture } from '../media/video';

/** 16 bits: 109 minutes at 10 frames a second, then from 0 again. */
export const FRAME_NUMBER_BITS = 16;

/** Where the blocks are, in pixels. */
export interface FrameNumberLayout {
  /** Left and top of the whole field, and of the first block. */
  left: number;
  top: number;
  /** Edge of a block. */
  block: number;
  /** From one block to the next, both ways. */
  pitch: number;
}

/** Shape of the default picture, in which a block has 8 pixels. */
const REFERENCE = { width: 640, height: 360, block: 8 };
/** In blocks: a gap of two is not bridged by a motion detector that closes small holes. */
const PITCH_BLOCKS = 3;
/** Difference of brightness between a bit and its opposite; the lossless one is 219. */
const MIN_CONTRAST = 48;

/** Even numbers throughout, so that chroma subsampling does not blur the edges. */
export function frameNumberLayout({ width, height }: { width: number; height: number }): FrameNumberLayout {
  const scale = Math.min(width / REFERENCE.width, height / REFERENCE.height);
  const block = 2 * Math.max(2, Math.round((REFERENCE.block / 2) * scale));
  return { left: block, top: block, block, pitch: PITCH_BLOCKS * block };
}

/** The number of a raw picture; null if there is none, if it is damaged, or if the picture is JPEG or PNG. */
export function readFrameNumber(picture: Pick<Picture, 'format' | 'data' | 'width' | 'height'>): number | null {
  const stride = BYTES_PER_PIXEL[picture.format];
  if (stride === undefined || picture.data.length < picture.width * picture.height * stride) return null;
  const layout = frameNumberLayout(picture);
  let number = 0;
  for (let bit = 0; bit < FRAME_NUMBER_BITS; bit += 1) {
    const left = layout.left + bit * layout.pitch;
    const value = brightness(picture, { left, top: layout.top, size: layout.block, stride });
    const opposite = brightness(picture, { left, top: layout.top + layout.pitch, size: layout.block, stride });
    if (Math.abs(value - opposite) < MIN_CONTRAST) return null;
    number = number * 2 + (value > opposite ? 1 : 0);
  }
  return number;
}

/** Formats in which a pixel's first byte (blue, red, grey or luma) tells white from black. */
const BYTES_PER_PIXEL: Partial<Record<Picture['format'], number>> = {
  bgr24: 3,
  rgb24: 3,
  rgba: 4,
  gray8: 1,
  yuv420p: 1,
};

/** The mean of a block's inner half; its edges are blurred by the codec. NaN outside of the picture. */
function brightness(
  { data, width }: Pick<Picture, 'data' | 'width'>,
  { left, top, size, stride }: { left: number; top: number; size: number; stride: number },
): number {
  const margin = Math.floor(size / 4);
  let sum = 0;
  let count = 0;
  for (let y = top + margin; y < top + size - margin; y += 1) {
    for (let x = left + margin; x < left + size - margin; x += 1) {
      sum += data[(y * width + x) * stride] ?? Number.NaN;
      count += 1;
    }
  }
  return sum / count;
}
