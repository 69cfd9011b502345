/**
 * The gate between a session and whoever takes its events: so many events may be on their way at once; the rest wait
 * here, bounded, and the oldest is dropped. That is what keeps memory flat when a flow blocks or is slow.
 */
export class Outlet<Item> {
  readonly #deliver: (item: Item) => void;
  readonly #maxInFlight: number;
  readonly #maxWaiting: number;
  #waiting: Item[] = [];
  #inFlight = 0;
  #dropped = 0;

  /** `maxWaiting` 1 is newest-wins. */
  constructor(options: { maxInFlight: number; maxWaiting: number; deliver(item: Item): void }) {
    this.#deliver = (item) => options.deliver(item);
    this.#maxInFlight = options.maxInFlight;
    this.#maxWaiting = options.maxWaiting;
  }

  /** Items replaced by newer ones since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: Item): void {
    this.#waiting.push(item);
    if (this.#inFlight >= this.#maxInFlight && this.#waiting.length > this.#maxWaiting) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#flow();
  }

  /** The receiver is done with `count` items. */
  grant(count = 1): void {
    this.#inFlight = Math.max(0, this.#inFlight - count);
    this.#flow();
  }

  /** Delivers everything that waits, whether the receiver is ready or not: the session is at its end. */
  letOut(): void {
    for (const item of this.#waiting.splice(0)) this.#deliver(item);
  }

  #flow(): void {
    while (this.#inFlight < this.#maxInFlight) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      this.#inFlight += 1;
      this.#deliver(item);
    }
  }
}
