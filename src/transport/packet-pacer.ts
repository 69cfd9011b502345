/**
 * Packets in, the same packets out in the same order, spread over time: a burst of a whole keyframe overflows the
 * receiver's socket. Drops nothing: when too many wait, the oldest go out at once.
 */
import type { Clock } from '../clock';
import { guard } from '../guard';

/** An idle line takes these at once; most frames are no larger. */
const BURST_PACKETS = 16;
/** 0.25 ms a packet, about 40 Mb/s. */
const MS_PER_PACKET = 0.25;
const STEP_MS = 1;
/** Two of the largest frames. */
const MAX_WAITING_PACKETS = 240;

/** See the file header. */
export class PacketPacer<Packet> {
  /** Packets that went out early because too many were waiting. */
  rushed = 0;
  readonly #clock: Clock;
  readonly #send: (packet: Packet) => void;
  readonly #report: (thrown: unknown) => void;
  #waiting: Packet[] = [];
  /** Index of the oldest in `#waiting`. */
  #head = 0;
  #endMs = 0;
  #cancel: (() => void) | undefined;

  constructor(options: { clock: Clock; send: (packet: Packet) => void; report: (thrown: unknown) => void }) {
    this.#clock = options.clock;
    this.#send = options.send;
    this.#report = options.report;
  }

  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** Sends the packets of one frame, after all that wait already, within `intervalMs` / 2 or 0.25 ms a packet. */
  push(packets: readonly Packet[], intervalMs: number): void {
    const idle = this.waiting === 0;
    this.#waiting.push(...packets);
    this.#endMs = this.#clock.monotonicMs() + Math.min(intervalMs / 2, this.waiting * MS_PER_PACKET);
    if (idle) this.#release(BURST_PACKETS);
    const excess = this.waiting - MAX_WAITING_PACKETS;
    if (excess > 0) {
      this.rushed += excess;
      this.#release(excess);
    }
    this.#schedule();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    if (this.waiting === 0 || this.#cancel !== undefined) return;
    this.#cancel = this.#clock.after(
      STEP_MS,
      guard(this.#report, () => this.#step()),
    );
  }

  #step(): void {
    this.#cancel = undefined;
    // A timer may be late by several steps: what counts is the time that is left.
    const stepsLeft = Math.max(0, Math.floor((this.#endMs - this.#clock.monotonicMs()) / STEP_MS));
    this.#release(Math.ceil(this.waiting / (stepsLeft + 1)));
    this.#schedule();
  }

  #release(count: number): void {
    for (let sent = 0; sent < count; sent += 1) {
      const packet = this.#waiting[this.#head];
      if (packet === undefined) break;
      this.#head += 1;
      this.#send(packet);
    }
    if (this.waiting === 0) this.clear();
  }
}
