/** Every number of a session's `stats` event in one place. */
import type { SourceFacts } from '../source/source-facts';
import type { StatsEvent } from './events';
import { LinkTotals } from './link-totals';

interface SourceCounts {
  unitsRead: number;
  unitsDropped: number;
}

/** Counted over all links. */
export class SessionCounters {
  readonly links = new LinkTotals();
  facts: SourceFacts | null = null;
  #source: { readonly stats: SourceCounts } | undefined;
  #closedSources: SourceCounts = { unitsRead: 0, unitsDropped: 0 };
  undecodable = 0;
  delivered = 0;
  dataReceived = 0;
  rollovers = 0;

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
      ...others,
    };
  }
}
