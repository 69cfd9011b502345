/** What is being closed at the moment, so that the end of a session can wait for it. */
import { settleWithin } from '../guard';

/** For the end of a session, whose owner waits. */
export const CLOSE_LIMIT_MS = 6_000;

/** See the file header. */
export class Closings {
  readonly #onFailed: (thrown: unknown) => void;
  readonly #underWay = new Set<Promise<void>>();

  constructor(onFailed: (thrown: unknown) => void) {
    this.#onFailed = onFailed;
  }

  /** Remembers a close under way; its failure is told, and it counts as done. */
  add(closing: Promise<void> | undefined): void {
    if (closing === undefined) return;
    const settled: Promise<void> = closing.catch(this.#onFailed).finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
  }

  /** Resolves when everything is closed, or after `limitMs`. */
  async settle(limitMs: number): Promise<void> {
    await settleWithin(limitMs, Promise.allSettled(this.#underWay));
  }
}
