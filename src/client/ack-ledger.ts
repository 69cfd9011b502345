/**
 * Batch mode: which frames the user is done with. Data messages and pictures in, acknowledgements out, in the order of
 * the frames: one stands for every frame before it too (protocol.md D.2), so a frame counts only when those are done.
 */
import type { Clock } from '../clock';

/** What a ledger is made of. */
export interface AckLedgerOptions {
  clock: Clock;
  /** Ids of the pictures that are made of every frame; none: there are none to wait for. */
  pictures: () => readonly string[];
  /** Everything up to this frame is done. */
  acknowledge(frameId: number): void;
}

interface Entry {
  frameId: number;
  /** What is not done yet: handlers, and the wait for pictures. */
  open: number;
  /** Ids of the pictures that are still to come. */
  due: Set<string>;
  cancelLimit: () => void;
}

/** A picture that has not come so long after its data got lost: without a limit the server would wait for ever. */
const PICTURE_LIMIT_MS = 5_000;

/** See the file header. It holds no frame: what bounds it is what the server may run ahead. */
export class AckLedger {
  readonly #options: AckLedgerOptions;
  #entries: Entry[] = [];
  #newest = 0;

  constructor(options: AckLedgerOptions) {
    this.#options = options;
  }

  /** Frames that are not done, and those behind them. */
  get pending(): number {
    return this.#entries.length;
  }

  /** A data message. `handled` must not reject; `awaitsPictures`: the frame is not done without its pictures. */
  data(frameId: number, { handled, awaitsPictures }: { handled: Promise<void>; awaitsPictures: boolean }): void {
    // Another connection: its server counts anew, and the old one waits for nothing any more.
    if (frameId <= this.#newest) this.close();
    this.#newest = frameId;
    const due = new Set(awaitsPictures ? this.#options.pictures() : []);
    const entry: Entry = { frameId, open: 0, due, cancelLimit: () => undefined };
    this.#entries.push(entry);
    if (due.size > 0) {
      entry.open = 1;
      entry.cancelLimit = this.#options.clock.after(PICTURE_LIMIT_MS, () => this.#expectNoMore(entry));
    }
    this.#hold(entry, handled);
  }

  /**
   * Picture `id` of a frame, after that frame's data. Pictures of one id come in order, so those of earlier frames that
   * did not come are lost; other ids may be far behind, where one is passed on as it is and another one is decoded.
   */
  picture(frameId: number, id: string, handled: Promise<void>): void {
    for (const entry of this.#entries) {
      if (entry.frameId > frameId) break;
      if (entry.frameId === frameId) this.#hold(entry, handled);
      if (entry.due.delete(id) && entry.due.size === 0) this.#settlePictures(entry);
    }
    this.#flow();
  }

  /** Forgets all frames; nothing is acknowledged for them any more. */
  close(): void {
    for (const entry of this.#entries) entry.cancelLimit();
    this.#entries = [];
  }

  #hold(entry: Entry, handled: Promise<void>): void {
    entry.open += 1;
    void handled.then(() => {
      entry.open -= 1;
      this.#flow();
    });
  }

  #expectNoMore(entry: Entry): void {
    entry.due.clear();
    this.#settlePictures(entry);
    this.#flow();
  }

  #settlePictures(entry: Entry): void {
    entry.cancelLimit();
    entry.open -= 1;
  }

  #flow(): void {
    let done: number | undefined;
    for (let first = this.#entries[0]; first?.open === 0; first = this.#entries[0]) {
      done = first.frameId;
      this.#entries.shift();
    }
    if (done !== undefined) this.#options.acknowledge(done);
  }
}
