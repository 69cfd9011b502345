/** Every number of a session's `stats` event in one place. */
import type { Clock } from '../clock';
import type { SourceFacts } from '../source/source-facts';
import type { StatsEvent } from './events';
import { IntervalReport } from './interval-report';
import { LinkTotals } from './link-totals';
import type { SessionOptions } from './options';

interface SourceCounts {
  unitsRead: number;
  unitsDropped: number;
}

/** Counted over all links. */
export class SessionCounters {
  readonly links = new LinkTotals();
  /** What is measured in intervals, where that is wanted. */
  readonly interval: IntervalReport;
  facts: SourceFacts | null = null;
  #source: { readonly stats: SourceCounts } | undefined;
  #closedSources: SourceCounts = { unitsRead: 0, unitsDropped: 0 };
  undecodable = 0;
  delivered = 0;
  dataReceived = 0;
  rollovers = 0;

  constructor(context: { clock: Clock; options: SessionOptions }) {
    this.interval = new IntervalReport({ clock: context.clock, intervalMs: context.options.statsIntervalMs });
  }

  /** The source that counts from now on; what the one before has counted stays. */
  set source(next: { readonly stats: SourceCounts }) {
    this.#closedSources = this.#sourceSum();
    this.#source = next;
  }

  #sourceSum(): SourceCounts {
    const { unitsRead, unitsDropped } = this.#source?.stats ?? { unitsRead: 0, unitsDropped: 0 };
    const before = this.#closedSources;
    return { unitsRead: before.unitsRead + unitsRead, unitsDropped: before.unitsDropped + unitsDropped };
  }

  /** The event, with what others count. */
  event(others: { framesDropped: number; dataDropped: number; paired: number }): StatsEvent {
    return {
      kind: 'stats',
      source: this.facts,
      framesRead: this.#sourceSum().unitsRead,
      framesSkipped: this.#sourceSum().unitsDropped,
      ...this.links.sum(),
      framesDelivered: this.delivered,
      framesUndecodable: this.undecodable,
      dataReceived: this.dataReceived,
      reconnects: Math.max(0, this.links.links - 1 - this.rollovers),
      rollovers: this.rollovers,
      interval: null,
      ...others,
    };
  }
}
