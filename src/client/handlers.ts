/** A list of handlers of which each runs whatever the others do. */

import { guard } from '../guard';

/** Calls every handler; what one throws or rejects with goes to `onFailure`, not to its neighbours. */
export class Handlers<Args extends unknown[]> {
  readonly #handlers = new Set<(...args: Args) => unknown>();
  readonly #onFailure: (thrown: unknown) => void;

  /** What `onFailure` itself throws is dropped: there is nobody left to tell. */
  constructor(onFailure: (thrown: unknown) => void) {
    this.#onFailure = guard(() => undefined, onFailure);
  }

  get size(): number {
    return this.#handlers.size;
  }

  /** Adds one; the result removes it. */
  add(handler: (...args: Args) => unknown): () => void {
    // A wrapper of its own, so that one function registered twice is called twice and removed singly.
    const entry = (...args: Args): unknown => handler(...args);
    this.#handlers.add(entry);
    return () => void this.#handlers.delete(entry);
  }

  /** Resolves when all, asynchronous ones too, are done. Never rejects. */
  async call(...args: Args): Promise<void> {
    const pending: Promise<unknown>[] = [];
    for (const handler of this.#handlers) {
      try {
        const result = handler(...args);
        if (result instanceof Promise) pending.push(result.catch(this.#onFailure));
      } catch (thrown) {
        this.#onFailure(thrown);
      }
    }
    if (pending.length > 0) await Promise.all(pending);
  }
}
