/** The number that the test pattern draws into its pictures (src/source/frame-number.ts), read back from raw ones. */
import type { Picture } from '../src/media/video';
import { FRAME_NUMBER_BITS, frameNumberLayout } from '../src/source/frame-number';

/** Difference of brightness between a bit and its opposite; the lossless one is 219. */
const MIN_CONTRAST = 48;

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
