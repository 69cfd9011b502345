/** Adds the counters of a session up over the threads it has lived in: a new thread counts from 0 again. */
import type { StatsEvent } from '../session/events';

const COUNTERS = [
  'framesRead',
  'framesSkipped',
  'framesSent',
  'framesUnsent',
  'framesReceived',
  'framesDelivered',
  'framesDropped',
  'framesUndecodable',
  'dataReceived',
  'dataDropped',
  'messagesMalformed',
  'paired',
  'packetsLost',
  'bytesSent',
  'bytesReceived',
  'reconnects',
  'rollovers',
] as const satisfies Exclude<keyof StatsEvent, 'kind' | 'source' | 'interval'>[];

/** See the file header. */
export class StatsTotal {
  #finished: StatsEvent | undefined;
  #total: StatsEvent | undefined;

  /** The counters of the present thread -> those of the session. */
  add(event: StatsEvent): StatsEvent {
    const total = { ...event };
    for (const counter of COUNTERS) total[counter] += this.#finished?.[counter] ?? 0;
    this.#total = total;
    return total;
  }

  /** The thread is dead; the next one is a reconnect, too. */
  threadDied(): void {
    if (this.#total === undefined) return;
    this.#finished = { ...this.#total, reconnects: this.#total.reconnects + 1 };
    this.#total = this.#finished;
  }
}
