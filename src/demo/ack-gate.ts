/**
 * Pacing by acknowledgements (protocol.md D.2): off until the first one, then frame n waits until n - 1 is
 * acknowledged. Realtime sessions ignore acknowledgements.
 */

/** Frames the server may be ahead of the client. */
const WINDOW = 1;

/** See the file header. */
export class AckGate {
  readonly #paced: boolean;
  #acknowledged: number | undefined;
  #open = false;
  #wake: (() => void) | undefined;

  constructor(options: { paced: boolean }) {
    this.#paced = options.paced;
  }

  /** The client is done with every frame up to `frameId`; a smaller id than before changes nothing. */
  acknowledge(frameId: number): void {
    this.#acknowledged = Math.max(this.#acknowledged ?? 0, frameId);
    this.#wakeUp();
  }

  /** Lets everything through from now on; for closing. */
  release(): void {
    this.#open = true;
    this.#wakeUp();
  }

  /** Resolves when frame `frameId` may start. One caller at a time. */
  async pass(frameId: number): Promise<void> {
    while (this.#holds(frameId)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #holds(frameId: number): boolean {
    if (!this.#paced || this.#open || this.#acknowledged === undefined) return false;
    return frameId > this.#acknowledged + WINDOW;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
