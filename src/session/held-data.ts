/**
 * Data messages that wait for their pictures, limited by memory: beyond it the oldest give up their outputs, so that
 * their pictures come with metadata only.
 */
import type { DataEvent } from './events';
import { weightOf } from './weight';

/** See the file header. */
export class HeldData {
  readonly #maxBytes: number;
  #held: { event: DataEvent; bytes: number }[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A copy that may lose its outputs later. */
  hold(data: DataEvent): DataEvent {
    const event = { ...data };
    const bytes = weightOf(data.outputs);
    this.#held.push({ event, bytes });
    this.#bytes += bytes;
    let over = 0;
    while (this.#bytes > this.#maxBytes || this.#held.length - over > MAX_HELD) {
      const oldest = this.#held[over];
      if (oldest === undefined) break;
      oldest.event.outputs = null;
      this.#bytes -= oldest.bytes;
      over += 1;
    }
    this.#held.splice(0, over);
    return event;
  }
}

/** More never wait for pictures (`result-pipeline.ts`); older ones are known to be gone. */
const MAX_HELD = 1_024;
