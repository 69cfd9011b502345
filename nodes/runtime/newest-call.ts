/** Of several calls that ask the same, only the newest goes on: whoever asks again has no use for the older answer. */

/** One group of calls. */
export class NewestCall {
  readonly #running = new Map<string, AbortController>();

  /** Runs `work`; its signal is aborted by `signal`, and by the next call with the same key. Rejects as `work` does. */
  async run<Result>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#running.get(key)?.abort();
    const own = new AbortController();
    this.#running.set(key, own);
    try {
      return await work(AbortSignal.any([signal, own.signal]));
    } finally {
      if (this.#running.get(key) === own) this.#running.delete(key);
    }
  }

  /** Calls that are under way, at most one a key. */
  get size(): number {
    return this.#running.size;
  }
}
