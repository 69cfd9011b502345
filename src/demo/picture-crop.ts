/** Cuts a rectangle out of a yuv420p picture. Pure; the result owns its bytes. */
import type { Picture } from '../media/video';

/** What to cut, as `absolute_static_crop@v1` names it; centre and size in pixels. */
export interface CropOptions {
  xCenter: number;
  yCenter: number;
  width: number;
  height: number;
}

/** The part cut out and where its left upper corner lies in the picture it comes from. */
export interface CroppedPicture {
  picture: Picture;
  left: number;
  top: number;
}

/**
 * The cut, limited to the picture; `undefined` when nothing of it lies inside. Corners are moved to even pixels, since
 * chroma exists for every other pixel only; sizes stay as asked where the picture allows it.
 */
export function cropPicture(picture: Picture, options: CropOptions): CroppedPicture | undefined {
  const left = evenCorner(options.xCenter, options.width);
  const top = evenCorner(options.yCenter, options.height);
  const width = Math.min(picture.width - left, Math.round(options.width));
  const height = Math.min(picture.height - top, Math.round(options.height));
  if (width <= 0 || height <= 0) return undefined;
  const halfStride = (picture.width + 1) >> 1;
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const data = Buffer.allocUnsafeSlow(width * height + 2 * halfWidth * halfHeight);
  const chroma = { stride: halfStride, left: left >> 1, top: top >> 1, width: halfWidth, height: halfHeight };
  const lumaSize = picture.width * picture.height;
  const chromaSize = halfStride * ((picture.height + 1) >> 1);
  let at = copyPlane(picture.data, data, { offset: 0, stride: picture.width, left, top, width, height, to: 0 });
  at = copyPlane(picture.data, data, { ...chroma, offset: lumaSize, to: at });
  copyPlane(picture.data, data, { ...chroma, offset: lumaSize + chromaSize, to: at });
  return { picture: { ...picture, data, width, height }, left, top };
}

/** By arithmetic: bit operations would make small or negative numbers of what lies far outside. */
function evenCorner(center: number, size: number): number {
  return Math.floor(Math.max(0, Math.round(center - size / 2)) / 2) * 2;
}

interface PlaneCut {
  offset: number;
  stride: number;
  left: number;
  top: number;
  width: number;
  height: number;
  to: number;
}

/** Returns the position behind what was written. */
function copyPlane(source: Buffer, target: Buffer, cut: PlaneCut): number {
  let to = cut.to;
  for (let row = 0; row < cut.height; row += 1) {
    const from = cut.offset + (cut.top + row) * cut.stride + cut.left;
    source.copy(target, to, from, from + cut.width);
    to += cut.width;
  }
  return to;
}
