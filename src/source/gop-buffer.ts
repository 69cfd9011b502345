/**
 * The packets since the last keyframe, so that a decoder can be started in the middle of a stream. Holds at most
 * 4 MiB: a larger group of pictures is given up whole, and the buffer stays empty until the next keyframe.
 */
import type { NutPacket } from '../container/nut-demuxer';

const MAX_BYTES = 4 * 1024 * 1024;

/** A packet and when it was read. */
export interface TimedPacket extends NutPacket {
  readAtMs: number;
}

export class GopBuffer {
  #packets: TimedPacket[] = [];
  #bytes = 0;

  /** Keeps a reference to the packet's data. */
  push(packet: TimedPacket): void {
    if (packet.keyframe) this.clear();
    else if (this.#packets.length === 0) return;
    this.#packets.push(packet);
    this.#bytes += packet.data.length;
    if (this.#bytes > MAX_BYTES) this.clear();
  }

  /** From the last keyframe on; empty while there is none, or when too much came after it. */
  get packets(): readonly TimedPacket[] {
    return this.#packets;
  }

  /** Of all packets. */
  get bytes(): number {
    return this.#bytes;
  }

  clear(): void {
    this.#packets = [];
    this.#bytes = 0;
  }
}
