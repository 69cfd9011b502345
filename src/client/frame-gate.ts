/**
 * Pictures of `sendFrame` on their way to the session's thread: ten at a time; of the rest the newest ten wait, so that
 * a blocked or dead thread costs no memory. Counts what never got there.
 */
import { Outlet } from '../session/outlet';
import type { ManualFrame } from '../source/manual-frame';

const LIMIT = 10;
const LIMIT_BYTES = 256 * 1024 * 1024;

export class FrameGate {
  readonly #outlet: Outlet<ManualFrame>;
  #onTheWay = 0;
  #lost = 0;

  constructor(deliver: (frame: ManualFrame) => void) {
    this.#outlet = new Outlet<ManualFrame>({
      ...{ maxInFlight: LIMIT, maxWaiting: LIMIT, maxBytes: LIMIT_BYTES },
      bytesOf: ({ data }) => data.byteLength,
      deliver: (frame) => {
        this.#onTheWay += 1;
        deliver(frame);
      },
    });
  }

  /** Pictures that were handed in and never reached a thread. */
  get skipped(): number {
    return this.#outlet.dropped + this.#lost;
  }

  push(frame: ManualFrame): void {
    this.#outlet.push(frame);
  }

  /** The thread has taken one. */
  taken(): void {
    this.#onTheWay -= 1;
    this.#outlet.grant();
  }

  /** Another thread has taken over: what was on its way is lost, what waits goes there. */
  reopened(): void {
    const lost = this.#onTheWay;
    this.#onTheWay = 0;
    this.#lost += lost;
    this.#outlet.grant(lost);
  }
}
