/**
 * Per-cell background as a mixture of two Gaussians, one of which may be the foreground of the moment. A cell counts
 * as moving while its value fits no component that has earned the name background. A component earns it by being
 * seen in nearly half of the recent frames and loses it when it has become rare: what passes is never learned, what
 * stays is, and what it covered is still known when it leaves (no ghosts).
 */

/** Variances as in Zivkovic's mixture (ICPR 2004), in squared grey levels; the floor covers compression noise. */
const INITIAL_VARIANCE = 15;
const MIN_VARIANCE = 6;
const MAX_VARIANCE = 75;
/** Share of recent frames from which a component is background, and below which it no longer is. */
const PROMOTE_WEIGHT = 0.6;
const DEMOTE_WEIGHT = 0.2;

/** Options in the words of the block. */
export interface BackgroundOptions {
  cells: number;
  /** Frames over which the model forgets. */
  history: number;
  /** Squared Mahalanobis distance up to which a value fits. */
  threshold: number;
}

/** See the file header. */
export class BackgroundModel {
  readonly #history: number;
  readonly #threshold: number;
  /** Two components a cell: component c of cell i at 2 * i + c. */
  readonly #mean: Float32Array;
  readonly #variance: Float32Array;
  readonly #weight: Float32Array;
  readonly #background: Uint8Array;
  #frames = 0;

  constructor(options: BackgroundOptions) {
    this.#history = options.history;
    this.#threshold = options.threshold;
    this.#mean = new Float32Array(options.cells * 2);
    this.#variance = new Float32Array(options.cells * 2).fill(INITIAL_VARIANCE);
    this.#weight = new Float32Array(options.cells * 2);
    this.#background = new Uint8Array(options.cells * 2);
  }

  /** Learns one frame and writes 1 into `moving` for each moving cell, else 0. */
  apply(grid: Uint8Array, moving: Uint8Array): void {
    this.#frames += 1;
    // During the first `history` frames all of them count alike.
    const rate = 1 / Math.min(this.#frames, this.#history);
    for (let cell = 0; cell < grid.length; cell += 1) {
      const component = this.#learn(cell, grid[cell] ?? 0, rate);
      moving[cell] = this.#background[component] === 1 ? 0 : 1;
    }
    if (this.#frames === this.#history) this.#settle();
  }

  /** Updates both components of a cell and returns the index of the one that holds `value`. */
  #learn(cell: number, value: number, rate: number): number {
    const weight = this.#weight;
    const first = cell * 2;
    const hit = this.#match(first, value);
    const other = hit === first ? first + 1 : first;
    const delta = value - (this.#mean[hit] ?? 0);
    const grown = (weight[hit] ?? 0) + rate * (1 - (weight[hit] ?? 0));
    weight[hit] = grown;
    const faded = (weight[other] ?? 0) * (1 - rate);
    weight[other] = faded;
    // A young component follows its samples at once, an old one slowly.
    const pace = Math.min(1, rate / grown);
    this.#mean[hit] = (this.#mean[hit] ?? 0) + pace * delta;
    const variance = this.#variance[hit] ?? 0;
    const next = variance + pace * (delta * delta - variance);
    this.#variance[hit] = next < MIN_VARIANCE ? MIN_VARIANCE : next > MAX_VARIANCE ? MAX_VARIANCE : next;
    if (grown >= PROMOTE_WEIGHT) this.#background[hit] = 1;
    if (faded < DEMOTE_WEIGHT) this.#background[other] = 0;
    return hit;
  }

  /** The component that `value` fits; if none, the lighter one is replaced. */
  #match(first: number, value: number): number {
    const heavier = (this.#weight[first + 1] ?? 0) > (this.#weight[first] ?? 0) ? first + 1 : first;
    if (this.#fits(heavier, value)) return heavier;
    const lighter = heavier === first ? first + 1 : first;
    if (this.#fits(lighter, value)) return lighter;
    this.#mean[lighter] = value;
    this.#variance[lighter] = INITIAL_VARIANCE;
    this.#weight[lighter] = 0;
    this.#background[lighter] = 0;
    return lighter;
  }

  #fits(component: number, value: number): boolean {
    if (this.#weight[component] === 0) return false;
    const delta = value - (this.#mean[component] ?? 0);
    return delta * delta <= this.#threshold * (this.#variance[component] ?? 0);
  }

  /** End of the warm-up: only the heavier component of each cell stays background. */
  #settle(): void {
    for (let first = 0; first < this.#weight.length; first += 2) {
      const heavier = (this.#weight[first + 1] ?? 0) > (this.#weight[first] ?? 0) ? first + 1 : first;
      this.#background[heavier] = 1;
      this.#background[heavier === first ? first + 1 : first] = 0;
    }
  }
}
