/** Draws box outlines into a yuv420p picture. Pure; writes into the given bytes only, never outside the picture. */
import type { Picture } from '../media/video';
import type { MotionBox } from './motion-detector';

/** A colour in BT.601 limited range. */
export interface YuvColour {
  y: number;
  u: number;
  v: number;
}

/** The purple of upstream's default palette, #A351FB. */
export const BOX_COLOUR: YuvColour = { y: 123, u: 190, v: 152 };

interface Plane {
  data: Uint8Array;
  offset: number;
  width: number;
  height: number;
  value: number;
}

interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A copy of `picture` with the outlines of `boxes`, `thickness` pixels wide, drawn inwards. */
export function drawBoxes(picture: Picture, boxes: readonly MotionBox[], thickness: number): Picture {
  const data = Buffer.allocUnsafeSlow(picture.data.length);
  data.set(picture.data);
  const { width, height } = picture;
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const lumaSize = width * height;
  const chroma = { data, width: halfWidth, height: halfHeight };
  const chromaSize = halfWidth * halfHeight;
  for (const box of boxes) {
    const area = pixels(box);
    drawOutline({ data, offset: 0, width, height, value: BOX_COLOUR.y }, area, thickness);
    const half = halve(area);
    const halfThickness = (thickness + 1) >> 1;
    drawOutline({ ...chroma, offset: lumaSize, value: BOX_COLOUR.u }, half, halfThickness);
    drawOutline({ ...chroma, offset: lumaSize + chromaSize, value: BOX_COLOUR.v }, half, halfThickness);
  }
  return { ...picture, data };
}

function pixels(box: MotionBox): Area {
  const left = Math.round(box.left);
  const top = Math.round(box.top);
  return { left, top, right: Math.round(box.left + box.width), bottom: Math.round(box.top + box.height) };
}

function halve(area: Area): Area {
  return {
    left: area.left >> 1,
    top: area.top >> 1,
    right: (area.right + 1) >> 1,
    bottom: (area.bottom + 1) >> 1,
  };
}

function drawOutline(plane: Plane, area: Area, thickness: number): void {
  const { left, top, right, bottom } = area;
  fill(plane, { left, top, right, bottom: Math.min(bottom, top + thickness) });
  fill(plane, { left, top: Math.max(top, bottom - thickness), right, bottom });
  fill(plane, { left, top, right: Math.min(right, left + thickness), bottom });
  fill(plane, { left: Math.max(left, right - thickness), top, right, bottom });
}

function fill(plane: Plane, area: Area): void {
  const left = Math.max(0, area.left);
  const right = Math.min(plane.width, area.right);
  if (left >= right) return;
  for (let row = Math.max(0, area.top); row < Math.min(plane.height, area.bottom); row += 1) {
    const start = plane.offset + row * plane.width;
    plane.data.fill(plane.value, start + left, start + right);
  }
}
