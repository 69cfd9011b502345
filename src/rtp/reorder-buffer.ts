/**
 * Packets in arrival order in, packets in sequence order out. A gap is waited for until a deadline on the wall clock,
 * then given up; duplicates and packets that come after they were given up are dropped and counted. Holds at most
 * `maxPackets` (beyond that the first gap is given up at once). Pure: time comes in as an argument.
 */
import type { RtpPacket } from './packet';

/** Packets that follow each other without a gap. */
export interface ReorderedRun {
  /** How many are missing before the first; after a jump of the sequence at least 1, the number being unknown. */
  lost: number;
  packets: RtpPacket[];
}

interface HeldPacket {
  packet: RtpPacket;
  arrivedAtMs: number;
}

/** Room for one retransmission over a distant connection. */
const DEFAULT_REORDER_MS = 150;
const DEFAULT_MAX_PACKETS = 512;
/** Farther ahead than this, it is another sequence (RFC 3550 appendix A.1: MAX_DROPOUT). */
const MAX_AHEAD = 3000;
/** Farther behind than this, too; about a second of video. */
const MAX_BEHIND = 1000;
/** How many released packets are remembered, to tell a duplicate from a late packet. */
const REMEMBERED = 1024;

export class ReorderBuffer {
  duplicates = 0;
  /** Packets that came after they had been given up, or from far outside the window. */
  late = 0;
  /** Packets given up. */
  lost = 0;
  readonly #reorderMs: number;
  readonly #maxPackets: number;
  readonly #released = new Float64Array(REMEMBERED).fill(-1);
  /** By unwrapped sequence number, in order of arrival. */
  readonly #held = new Map<number, HeldPacket>();
  /** The unwrapped sequence number to release next. */
  #next: number | undefined;
  /** A packet far outside the window; a second one in its sequence makes it the new window. */
  #stray: RtpPacket | undefined;

  constructor(options: { reorderMs?: number; maxPackets?: number } = {}) {
    this.#reorderMs = options.reorderMs ?? DEFAULT_REORDER_MS;
    this.#maxPackets = options.maxPackets ?? DEFAULT_MAX_PACKETS;
  }

  /** Takes a packet; returns what can be released now, in order. */
  push(packet: RtpPacket, nowMs: number): ReorderedRun[] {
    this.#next ??= packet.sequenceNumber;
    const ahead = signed16(packet.sequenceNumber - this.#next);
    const sequence = this.#next + ahead;
    if (ahead > MAX_AHEAD || ahead < -MAX_BEHIND) return this.#jump(packet);
    this.#stray = undefined;
    if (this.#held.has(sequence) || this.#released[slot(sequence)] === sequence) this.duplicates += 1;
    else if (ahead < 0) this.late += 1;
    else this.#held.set(sequence, { packet, arrivedAtMs: nowMs });
    return this.expire(nowMs);
  }

  /** Gives up the gaps whose time is over; returns what they held back. */
  expire(nowMs: number): ReorderedRun[] {
    const runs: ReorderedRun[] = [];
    this.#release(runs, 0);
    for (let deadline = this.nextDeadlineMs; deadline !== undefined; deadline = this.nextDeadlineMs) {
      if (nowMs < deadline && this.#held.size <= this.#maxPackets) break;
      const first = Math.min(...this.#held.keys());
      const lost = first - (this.#next ?? first);
      this.lost += lost;
      this.#next = first;
      this.#release(runs, lost);
    }
    return runs;
  }

  /** When `expire` should be called, on the clock of `nowMs`; undefined while nothing is waited for. */
  get nextDeadlineMs(): number | undefined {
    for (const { arrivedAtMs } of this.#held.values()) return arrivedAtMs + this.#reorderMs;
    return undefined;
  }

  #release(runs: ReorderedRun[], lost: number): void {
    const packets: RtpPacket[] = [];
    let next = this.#next ?? 0;
    for (let held = this.#held.get(next); held !== undefined; held = this.#held.get(next)) {
      packets.push(held.packet);
      this.#held.delete(next);
      this.#released[slot(next)] = next;
      next += 1;
    }
    if (packets.length === 0) return;
    this.#next = next;
    runs.push({ lost, packets });
  }

  /** One stray packet is dropped; two in a row are a sender that started over. */
  #jump(packet: RtpPacket): ReorderedRun[] {
    const stray = this.#stray;
    if (stray === undefined || signed16(packet.sequenceNumber - stray.sequenceNumber) !== 1) {
      this.#stray = packet;
      this.late += 1;
      return [];
    }
    this.late -= 1; // the stray packet was the first of the new sequence
    const lost = 1 + this.#held.size;
    this.lost += lost;
    this.#stray = undefined;
    this.#held.clear();
    this.#released.fill(-1);
    this.#next = packet.sequenceNumber + 1;
    return [{ lost, packets: [stray, packet] }];
  }
}

/** A difference of 16-bit sequence numbers, as the nearer of its two readings. */
function signed16(difference: number): number {
  return (difference << 16) >> 16;
}

function slot(sequence: number): number {
  return (sequence + REMEMBERED * MAX_BEHIND) % REMEMBERED;
}
