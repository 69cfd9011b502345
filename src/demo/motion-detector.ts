/**
 * `motion_detection@v1` without its block wrapping: yuv420p pictures in, moving objects out. Works on a small luma
 * grid; all results are in full-picture pixels. Starts anew when the picture size changes.
 */
import type { Picture } from '../media/video';
import { BackgroundModel } from './background-model';
import { type Blob, findBlobs, joinBlobs } from './blobs';
import { ChangeMap } from './change-map';
import { type GridSize, gridSize, shrinkLuma } from './luma-grid';
import { close, ellipseRows, type Mask, open } from './morphology';

/** A point in picture pixels. */
export type Point = readonly [x: number, y: number];

/** The block's parameters. */
export interface MotionOptions {
  minimumContourArea: number;
  morphologicalKernelSize: number;
  threshold: number;
  history: number;
  suppressFirstDetections: boolean;
  /** Corners of the only area that counts; null = everywhere. */
  detectionZone: readonly Point[] | null;
}

/** Left upper corner and size of a moving object, picture pixels. */
export interface MotionBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What one picture shows. */
export interface MotionResult {
  motion: boolean;
  /** True only on the picture where motion begins. */
  alarm: boolean;
  boxes: MotionBox[];
}

/** Gaps up to this many cells inside one object are bridged. */
const CLOSING_CELLS = 3;
/** Share of an object's cells that must have changed lately; a large even surface changes at its edges only. */
const MIN_CHANGED_SHARE = 0.02;

interface GridState {
  pictureWidth: number;
  pictureHeight: number;
  size: GridSize;
  model: BackgroundModel;
  changes: ChangeMap;
  grid: Uint8Array;
  scratch: Uint8Array;
  mask: Mask;
  zone: Uint8Array | null;
  opening: number[];
  closing: number[];
}

/** See the file header. */
export class MotionDetector {
  readonly #options: MotionOptions;
  #state: GridState | undefined;
  #frames = 0;
  #moving = false;

  constructor(options: MotionOptions) {
    this.#options = options;
  }

  /** Learns `picture` (yuv420p) and tells what moves in it. */
  detect(picture: Pick<Picture, 'data' | 'width' | 'height'>): MotionResult {
    const state = this.#stateFor(picture);
    this.#frames += 1;
    shrinkLuma(picture, state.size, state.grid);
    state.changes.update(state.grid);
    state.model.apply(state.grid, state.mask.cells);
    const suppressed = this.#options.suppressFirstDetections && this.#frames <= this.#options.history;
    const boxes = suppressed ? [] : this.#boxes(state);
    const motion = boxes.length > 0;
    const alarm = motion && !this.#moving;
    this.#moving = motion;
    return { motion, alarm, boxes };
  }

  #boxes(state: GridState): MotionBox[] {
    const { mask, scratch, zone, size } = state;
    if (zone !== null) for (let cell = 0; cell < zone.length; cell += 1) if (zone[cell] === 0) mask.cells[cell] = 0;
    open(mask, state.opening, scratch);
    close(mask, state.closing, scratch);
    const minimumCells = this.#options.minimumContourArea / (size.scale * size.scale);
    return joinBlobs(findBlobs(mask, state.changes.cells))
      .filter((blob) => blob.area >= minimumCells && blob.changed >= blob.area * MIN_CHANGED_SHARE)
      .map((blob) => scaleUp(blob, size.scale));
  }

  #stateFor(picture: Pick<Picture, 'width' | 'height'>): GridState {
    const known = this.#state;
    if (known?.pictureWidth === picture.width && known.pictureHeight === picture.height) return known;
    this.#frames = 0;
    this.#moving = false;
    this.#state = createState(this.#options, picture);
    return this.#state;
  }
}

function createState(options: MotionOptions, picture: Pick<Picture, 'width' | 'height'>): GridState {
  const size = gridSize(picture.width, picture.height);
  const cells = size.width * size.height;
  return {
    pictureWidth: picture.width,
    pictureHeight: picture.height,
    size,
    model: new BackgroundModel({ cells, history: options.history, threshold: options.threshold }),
    changes: new ChangeMap(cells),
    grid: new Uint8Array(cells),
    scratch: new Uint8Array(cells),
    mask: { width: size.width, height: size.height, cells: new Uint8Array(cells) },
    zone: options.detectionZone === null ? null : rasterise(options.detectionZone, size),
    // A kernel of one cell would let single noisy cells through, so the smallest is the 3x3 cross.
    opening: ellipseRows(Math.max(3, Math.ceil(options.morphologicalKernelSize / size.scale) | 1)),
    closing: ellipseRows(CLOSING_CELLS),
  };
}

function scaleUp(blob: Blob, scale: number): MotionBox {
  return {
    left: blob.left * scale,
    top: blob.top * scale,
    width: (blob.right - blob.left) * scale,
    height: (blob.bottom - blob.top) * scale,
  };
}

/** 1 for each cell whose middle lies inside the polygon (even-odd rule). */
function rasterise(polygon: readonly Point[], size: GridSize): Uint8Array {
  const zone = new Uint8Array(size.width * size.height);
  for (let row = 0; row < size.height; row += 1) {
    for (let column = 0; column < size.width; column += 1) {
      const middle: Point = [(column + 0.5) * size.scale, (row + 0.5) * size.scale];
      zone[row * size.width + column] = isInside(middle, polygon) ? 1 : 0;
    }
  }
  return zone;
}

function isInside([x, y]: Point, polygon: readonly Point[]): boolean {
  let inside = false;
  let [fromX, fromY] = polygon.at(-1) ?? [0, 0];
  for (const [toX, toY] of polygon) {
    if (toY > y !== fromY > y && x < ((fromX - toX) * (y - toY)) / (fromY - toY) + toX) inside = !inside;
    [fromX, fromY] = [toX, toY];
  }
  return inside;
}
