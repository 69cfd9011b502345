/**
 * Asks for a keyframe, and asks again, never more often than the limit, until one has come. Without a timer: it asks
 * when it is told of a packet, for without packets nobody listens.
 */

/** aiortc makes a keyframe for each request; more of them only cost bitrate. */
const MIN_DISTANCE_MS = 500;

/** See the file header. */
export class KeyframeRequester {
  requests = 0;
  readonly #request: () => void;
  /** A decoder can begin with a keyframe only. */
  #wanted = true;
  #lastMs = -Infinity;

  constructor(request: () => void) {
    this.#request = request;
  }

  /** A keyframe is needed from now on. */
  want(nowMs: number): void {
    this.#wanted = true;
    this.packetReceived(nowMs);
  }

  packetReceived(nowMs: number): void {
    if (!this.#wanted || nowMs - this.#lastMs < MIN_DISTANCE_MS) return;
    this.#lastMs = nowMs;
    this.requests += 1;
    this.#request();
  }

  keyframeReceived(): void {
    this.#wanted = false;
  }
}
