/** Opening and closing of a 0/1 mask with an elliptical kernel. Pure; cells outside the mask change nothing. */

/** A mask: one byte a cell, 0 or 1, row by row. */
export interface Mask {
  width: number;
  height: number;
  cells: Uint8Array;
}

/** Half-widths of the rows of an elliptical kernel of odd `size`: entry k is the row at k - size / 2. */
export function ellipseRows(size: number): number[] {
  const radius = size >> 1;
  return Array.from({ length: radius * 2 + 1 }, (_, index) => {
    const dy = index - radius;
    return radius === 0 ? 0 : Math.round(radius * Math.sqrt(1 - (dy * dy) / (radius * radius)));
  });
}

/** Removes what the kernel does not fit into: specks and thin lines. */
export function open(mask: Mask, kernel: readonly number[], scratch: Uint8Array): void {
  erode(mask, kernel, scratch);
  dilate(mask, kernel, scratch);
}

/** Bridges gaps that the kernel does not fit into. */
export function close(mask: Mask, kernel: readonly number[], scratch: Uint8Array): void {
  dilate(mask, kernel, scratch);
  erode(mask, kernel, scratch);
}

function dilate(mask: Mask, kernel: readonly number[], scratch: Uint8Array): void {
  const { width, cells } = mask;
  scratch.set(cells);
  for (let index = cells.indexOf(1); index >= 0; index = cells.indexOf(1, index + 1)) {
    if (isInterior(cells, index, width)) continue;
    const y = Math.floor(index / width);
    paint({ ...mask, cells: scratch }, { x: index - y * width, y }, kernel);
  }
  cells.set(scratch);
}

/** The kernel is convex: what an inner cell would paint, the edge cells around it paint as well. */
function isInterior(cells: Uint8Array, index: number, width: number): boolean {
  return cells[index - 1] === 1 && cells[index + 1] === 1 && cells[index - width] === 1 && cells[index + width] === 1;
}

function paint(mask: Mask, at: { x: number; y: number }, kernel: readonly number[]): void {
  const radius = kernel.length >> 1;
  for (let k = 0; k < kernel.length; k += 1) {
    const row = at.y + k - radius;
    if (row < 0 || row >= mask.height) continue;
    const half = kernel[k] ?? 0;
    const from = Math.max(0, at.x - half);
    const to = Math.min(mask.width - 1, at.x + half);
    mask.cells.fill(1, row * mask.width + from, row * mask.width + to + 1);
  }
}

function erode(mask: Mask, kernel: readonly number[], scratch: Uint8Array): void {
  const { width, cells } = mask;
  scratch.fill(0);
  for (let index = cells.indexOf(1); index >= 0; index = cells.indexOf(1, index + 1)) {
    const y = Math.floor(index / width);
    if (isCovered(mask, { x: index - y * width, y }, kernel)) scratch[index] = 1;
  }
  cells.set(scratch);
}

function isCovered(mask: Mask, at: { x: number; y: number }, kernel: readonly number[]): boolean {
  const radius = kernel.length >> 1;
  for (let k = 0; k < kernel.length; k += 1) {
    const row = at.y + k - radius;
    if (row < 0 || row >= mask.height) continue;
    const half = kernel[k] ?? 0;
    const from = row * mask.width + Math.max(0, at.x - half);
    const to = row * mask.width + Math.min(mask.width - 1, at.x + half);
    for (let index = from; index <= to; index += 1) if (mask.cells[index] === 0) return false;
  }
  return true;
}
