/** Warnings on their way to the user: a server that sends rubbish without end does not fill the user's memory. */
import type { SessionError } from '../errors';

/** So many between two ticks; what comes beyond them is counted where it happens, if it is counted. */
const MAX_BETWEEN_TICKS = 10;

/** See the file header. */
export class WarningGate {
  readonly #deliver: (error: SessionError) => void;
  #delivered = 0;

  constructor(deliver: (error: SessionError) => void) {
    this.#deliver = deliver;
  }

  push(error: SessionError): void {
    if (this.#delivered >= MAX_BETWEEN_TICKS) return;
    this.#delivered += 1;
    this.#deliver(error);
  }

  /** Opens the gate again; called about once a second. */
  tick(): void {
    this.#delivered = 0;
  }
}
