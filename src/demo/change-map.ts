/**
 * Which cells of the grid changed within the last few frames. What stands still is no motion, however unlike the
 * background it looks: a parked object, or the hole one leaves where it stood while the model was learnt.
 */

/** Grey levels two frames must differ by; above the noise of a compressed picture at rest. */
const CHANGE_LEVELS = 10;
/** Frames a change is remembered: a source may repeat pictures. */
const MEMORY_FRAMES = 4;

/** See the file header. */
export class ChangeMap {
  /** Frames for which a cell still counts as changed; 0 = at rest. */
  readonly cells: Uint8Array;
  readonly #previous: Uint8Array;
  #started = false;

  constructor(cells: number) {
    this.cells = new Uint8Array(cells);
    this.#previous = new Uint8Array(cells);
  }

  /** Compares `grid` with the one before. */
  update(grid: Uint8Array): void {
    const { cells } = this;
    const previous = this.#previous;
    for (let cell = 0; this.#started && cell < grid.length; cell += 1) {
      const delta = (grid[cell] ?? 0) - (previous[cell] ?? 0);
      const left = cells[cell] ?? 0;
      cells[cell] = delta > CHANGE_LEVELS || delta < -CHANGE_LEVELS ? MEMORY_FRAMES : left === 0 ? 0 : left - 1;
    }
    previous.set(grid);
    this.#started = true;
  }
}
