/** Counters over all links of a session; a finished link keeps what it counted. */
import type { LinkStats } from './link';

const NOTHING: LinkStats = {
  framesSent: 0,
  framesUnsent: 0,
  framesReceived: 0,
  packetsLost: 0,
  bytesSent: 0,
  bytesReceived: 0,
  messagesMalformed: 0,
};

/** Adds up; holds on to the newest link only. */
export class LinkTotals {
  #finished = NOTHING;
  #current: { readonly stats: LinkStats } | undefined;
  #links = 0;

  /** How many links there were. */
  get links(): number {
    return this.#links;
  }

  /** A new link counts from now on; the one before it is final. */
  add(link: { readonly stats: LinkStats }): void {
    this.#finished = this.sum();
    this.#current = link;
    this.#links += 1;
  }

  sum(): LinkStats {
    const now = this.#current?.stats ?? NOTHING;
    return {
      framesSent: this.#finished.framesSent + now.framesSent,
      framesUnsent: this.#finished.framesUnsent + now.framesUnsent,
      framesReceived: this.#finished.framesReceived + now.framesReceived,
      packetsLost: this.#finished.packetsLost + now.packetsLost,
      bytesSent: this.#finished.bytesSent + now.bytesSent,
      bytesReceived: this.#finished.bytesReceived + now.bytesReceived,
      messagesMalformed: this.#finished.messagesMalformed + now.messagesMalformed,
    };
  }
}
