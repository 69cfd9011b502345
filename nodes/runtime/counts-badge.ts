/**
 * The badge of a node that gets results: while its stream is live, how many it sent on and how many were left out. A node
 * that sends everything shows them only once something was left out, and until then the state of its stream.
 */
import type { Clock } from '../../src/index';
import type { Badge } from './badge';

export interface CountsBadgeParts {
  clock: Clock;
  counts(): { sent: number; dropped: number };
  /** Both numbers as a text; at most four characters each. */
  text(counts: { sent: string; dropped: string }): string;
  /** Also while nothing has been left out. */
  always: boolean;
  show(badge: Badge): void;
}

/** Every status goes to every open editor. */
const SHOW_PAUSE_MS = 1_000;

export class CountsBadge {
  readonly #parts: CountsBadgeParts;
  #state: Badge | undefined;
  #cancelShow: (() => void) | undefined;

  constructor(parts: CountsBadgeParts) {
    this.#parts = parts;
  }

  /** What the streams of the node are at. */
  state(badge: Badge): void {
    this.#state = badge;
    this.#show();
  }

  /** The counts are others: they are shown soon. */
  changed(): void {
    this.#cancelShow ??= this.#parts.clock.after(SHOW_PAUSE_MS, () => {
      this.#cancelShow = undefined;
      this.#show();
    });
  }

  close(): void {
    this.#cancelShow?.();
  }

  /** While results come, what became of them; otherwise why none come. */
  #show(): void {
    if (this.#state === undefined) return;
    const { sent, dropped } = this.#parts.counts();
    const worthTelling = this.#parts.always ? sent + dropped > 0 : dropped > 0;
    if (this.#state.fill !== 'green' || !worthTelling) return this.#parts.show(this.#state);
    const text = this.#parts.text({ sent: shortNumber(sent), dropped: shortNumber(dropped) });
    this.#parts.show({ ...this.#state, text });
  }
}

/** At most four characters, so that two of them fit under a node. */
function shortNumber(value: number): string {
  if (value < 1_000) return String(value);
  const [size, unit] = value < 1_000_000 ? [value / 1_000, 'k'] : [value / 1_000_000, 'M'];
  return `${size < 10 ? size.toFixed(1) : Math.floor(size)}${unit}`.replace('10.0', '10');
}
