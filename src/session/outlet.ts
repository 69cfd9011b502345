/**
 * The gate between a session and whoever takes its events: so many events may be on their way at once; the rest wait
 * here, bounded, and the oldest is dropped. That is what keeps memory flat when a flow blocks or is slow.
 */

/** How wide it is. */
export interface OutletOptions<Item> {
  maxInFlight: number;
  /** 1 is newest-wins. */
  maxWaiting: number;
  /** Of what waits, and again of what is on its way. */
  maxBytes: number;
  bytesOf(item: Item): number;
  /** What a newer item replaces first: an older one of its kind. Left out: all are of one kind. */
  kindOf?(item: Item): string;
  /** `left`: how many of its kind were dropped since the last one of it that was delivered. */
  deliver(item: Item, left: number): void;
}

/** See the file header. */
export class Outlet<Item> {
  readonly #options: OutletOptions<Item>;
  #waiting: Item[] = [];
  #waitingBytes = 0;
  /** Sizes of what the receiver has not granted yet, oldest first. */
  #inFlight: number[] = [];
  #inFlightBytes = 0;
  #dropped = 0;
  /** By kind: dropped, and not told yet. */
  readonly #left = new Map<string, number>();

  constructor(options: OutletOptions<Item>) {
    this.#options = options;
  }

  /** Items replaced by newer ones since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Items that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(item: Item): void {
    this.#waiting.push(item);
    this.#waitingBytes += this.#options.bytesOf(item);
    this.#flow();
    while (this.#isOverfull()) this.#drop(item);
  }

  /** The receiver is done with `count` items. */
  grant(count = 1): void {
    for (const bytes of this.#inFlight.splice(0, count)) this.#inFlightBytes -= bytes;
    this.#flow();
  }

  /** Delivers everything that waits, whether the receiver is ready or not: the session is at its end. */
  letOut(): void {
    this.#waitingBytes = 0;
    for (const item of this.#waiting.splice(0)) this.#deliver(item);
  }

  /** The newest is never dropped, however large. */
  #isOverfull(): boolean {
    const { maxWaiting, maxBytes } = this.#options;
    return this.#waiting.length > maxWaiting || (this.#waiting.length > 1 && this.#waitingBytes > maxBytes);
  }

  #flow(): void {
    const { maxInFlight, maxBytes } = this.#options;
    while (this.#inFlight.length < maxInFlight && this.#inFlightBytes <= maxBytes) {
      const item = this.#take();
      if (item === undefined) return;
      const bytes = this.#options.bytesOf(item);
      this.#inFlight.push(bytes);
      this.#inFlightBytes += bytes;
      this.#deliver(item);
    }
  }

  #deliver(item: Item): void {
    const kind = this.#kindOf(item);
    const left = this.#left.get(kind) ?? 0;
    this.#left.delete(kind);
    this.#options.deliver(item, left);
  }

  #drop(newest: Item): void {
    const kind = this.#kindOf(newest);
    const older = this.#waiting.findIndex((item) => item !== newest && this.#kindOf(item) === kind);
    const item = this.#take(Math.max(0, older));
    this.#dropped += 1;
    if (item === undefined) return;
    const itsKind = this.#kindOf(item);
    this.#left.set(itsKind, (this.#left.get(itsKind) ?? 0) + 1);
  }

  #kindOf(item: Item): string {
    return this.#options.kindOf?.(item) ?? '';
  }

  #take(index = 0): Item | undefined {
    const [item] = this.#waiting.splice(index, 1);
    if (item !== undefined) this.#waitingBytes -= this.#options.bytesOf(item);
    return item;
  }
}
