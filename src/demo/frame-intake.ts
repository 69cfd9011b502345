/**
 * Decoded pictures waiting for the workflow. Realtime: one place, the newest picture wins, the older one is dropped
 * and counted. Batch: up to `capacity` in order; beyond it the oldest is dropped and counted, which a source that
 * watches `waiting` never lets happen.
 */
import type { Picture } from '../media/video';

/** A picture as it came in. */
export interface IncomingFrame {
  picture: Picture;
  /** Epoch milliseconds. */
  receivedAtMs: number;
  /** Size told in the metadata: before rotation (protocol.md D.1). */
  width: number;
  height: number;
}

/** See the file header. */
export class FrameIntake {
  dropped = 0;
  readonly #capacity: number;
  readonly #onTaken: () => void;
  readonly #frames: IncomingFrame[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(options: { realtime: boolean; capacity: number; onTaken: () => void }) {
    this.#capacity = options.realtime ? 1 : options.capacity;
    this.#onTaken = options.onTaken;
  }

  /** Pictures that wait. */
  get waiting(): number {
    return this.#frames.length;
  }

  /** Adds a picture; ignored after `end`. */
  offer(frame: IncomingFrame): void {
    if (this.#ended) return;
    if (this.#frames.length >= this.#capacity) {
      this.#frames.shift();
      this.dropped += 1;
    }
    this.#frames.push(frame);
    this.#wakeUp();
  }

  /** No more pictures will come; what waits is still handed out. */
  end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  /** Ends at once; what waits is dropped. */
  stop(): void {
    this.#frames.length = 0;
    this.end();
  }

  /** The next picture, or `undefined` at the end. One caller at a time. */
  async next(): Promise<IncomingFrame | undefined> {
    while (this.#frames.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#onTaken();
    return frame;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
