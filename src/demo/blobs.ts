/** Connected areas of a mask as boxes, fragments of one object joined. Pure. */
import type { Mask } from './morphology';

/** A connected area in cells; `right` and `bottom` are the first cells outside. */
export interface Blob {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Cells that belong to it. */
  area: number;
  /** Those of them that changed lately. */
  changed: number;
}

/** All 8-connected areas of the mask; `changes` is non-zero where a cell changed lately. Clears the mask. */
export function findBlobs(mask: Mask, changes: Uint8Array): Blob[] {
  const blobs: Blob[] = [];
  const stack: number[] = [];
  for (let seed = mask.cells.indexOf(1); seed >= 0; seed = mask.cells.indexOf(1, seed + 1)) {
    mask.cells[seed] = 0;
    stack.push(seed);
    blobs.push(flood(mask, changes, stack));
  }
  return blobs;
}

function flood(mask: Mask, changes: Uint8Array, stack: number[]): Blob {
  const { width, height, cells } = mask;
  const blob: Blob = { left: width, top: height, right: 0, bottom: 0, area: 0, changed: 0 };
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    const y = Math.floor(index / width);
    const x = index - y * width;
    blob.left = Math.min(blob.left, x);
    blob.right = Math.max(blob.right, x + 1);
    blob.top = Math.min(blob.top, y);
    blob.bottom = Math.max(blob.bottom, y + 1);
    blob.area += 1;
    if (changes[index] !== 0) blob.changed += 1;
    const fromX = Math.max(0, x - 1);
    const toX = Math.min(width - 1, x + 1);
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
      takeRun(cells, stack, { from: row * width + fromX, to: row * width + toX });
    }
  }
  return blob;
}

function takeRun(cells: Uint8Array, stack: number[], run: { from: number; to: number }): void {
  for (let index = run.from; index <= run.to; index += 1) {
    if (cells[index] === 0) continue;
    cells[index] = 0;
    stack.push(index);
  }
}

/** Joins blobs whose boxes overlap: fragments of one object. Repeats until nothing overlaps. */
export function joinBlobs(blobs: readonly Blob[]): Blob[] {
  const joined: Blob[] = [];
  for (const blob of blobs) {
    let current = blob;
    for (let at = joined.findIndex((other) => overlaps(current, other)); at >= 0;) {
      const other = joined.splice(at, 1)[0];
      if (other !== undefined) current = union(current, other);
      at = joined.findIndex((candidate) => overlaps(current, candidate));
    }
    joined.push(current);
  }
  return joined;
}

function overlaps(a: Blob, b: Blob): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function union(a: Blob, b: Blob): Blob {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
    area: a.area + b.area,
    changed: a.changed + b.changed,
  };
}
