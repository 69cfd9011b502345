/** Shrinks the luma plane of a yuv420p picture to a grid at most 320 cells wide. Pure; writes into the caller's array. */
import type { Picture } from '../media/video';

/** Widest grid; motion of interest is larger than a cell, and a Raspberry Pi has to keep up. */
const MAX_GRID_WIDTH = 320;

/** How a picture maps onto its grid. */
export interface GridSize {
  width: number;
  height: number;
  /** Picture pixels to one cell in each direction. */
  scale: number;
}

/** The grid of a picture; rows and columns that do not fill a cell are left out. */
export function gridSize(width: number, height: number): GridSize {
  const scale = Math.max(1, Math.ceil(width / MAX_GRID_WIDTH));
  return { width: Math.max(1, Math.floor(width / scale)), height: Math.max(1, Math.floor(height / scale)), scale };
}

/** Fills `grid` (width x height of `size`) with the mean of at most 2x2 luma samples a cell: enough against noise. */
export function shrinkLuma(picture: Pick<Picture, 'data' | 'width'>, size: GridSize, grid: Uint8Array): void {
  const { data, width: stride } = picture;
  const { scale } = size;
  const near = scale >> 2;
  const far = scale === 1 ? 0 : scale - 1 - near;
  let cell = 0;
  for (let row = 0; row < size.height; row += 1) {
    let top = (row * scale + near) * stride + near;
    let bottom = (row * scale + far) * stride + near;
    const step = far - near;
    for (let column = 0; column < size.width; column += 1) {
      const sum = byte(data, top) + byte(data, top + step) + byte(data, bottom) + byte(data, bottom + step);
      grid[cell] = (sum + 2) >> 2;
      cell += 1;
      top += scale;
      bottom += scale;
    }
  }
}

function byte(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}
