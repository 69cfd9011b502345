/** Frames between a session and one `for await` loop: bounded, the oldest is dropped, the end is never lost. */

/** As many as the official client keeps (protocol.md F). */
const LIMIT = 8;

/** One consumer's queue. */
export class FrameQueue<Frame> implements AsyncIterableIterator<Frame> {
  readonly #onReturn: () => void;
  #frames: Frame[] = [];
  #waiting: ((result: IteratorResult<Frame>) => void)[] = [];
  #failed: ((error: unknown) => void)[] = [];
  #end: { error: Error | null } | undefined;

  /** `onReturn`: the loop was left. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(frame: Frame): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      this.#failed.shift();
      waiting({ value: frame, done: false });
      return;
    }
    this.#frames.push(frame);
    if (this.#frames.length > LIMIT) this.#frames.shift();
  }

  /** No more will come; with an error, the loop throws it after the frames that are here. */
  end(error: Error | null): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const [index, resolve] of this.#waiting.entries()) {
      const reject = this.#failed[index];
      if (error === null || reject === undefined) resolve({ value: undefined, done: true });
      else reject(error);
    }
    this.#waiting = [];
    this.#failed = [];
  }

  next(): Promise<IteratorResult<Frame>> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve({ value: frame, done: false });
    if (this.#end !== undefined) return this.#afterEnd(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#failed.push(reject);
    });
  }

  return(): Promise<IteratorResult<Frame>> {
    this.#frames = [];
    this.end(null);
    this.#onReturn();
    return Promise.resolve({ value: undefined, done: true });
  }

  #afterEnd(end: { error: Error | null }): Promise<IteratorResult<Frame>> {
    const { error } = end;
    // Told once; whoever asks again after an error gets an ordinary end.
    this.#end = { error: null };
    return error === null ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
  }
}
