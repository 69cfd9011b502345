/** Every number of a session's `stats` event in one place. */
import type { SourceFacts } from '../source/source-facts';
import type { StatsEvent } from './events';
import { LinkTotals } from './link-totals';

/** Counted over all links. */
export class SessionCounters {
  readonly links = new LinkTotals();
  facts: SourceFacts | null = null;
  undecodable = 0;
  delivered = 0;
  dataReceived = 0;

  /** The event, with what others count. */
  event(others: { framesDropped: number; dataDropped: number; paired: number }): StatsEvent {
    return {
      kind: 'stats',
      source: this.facts,
      ...this.links.sum(),
      framesDelivered: this.delivered,
      framesUndecodable: this.undecodable,
      dataReceived: this.dataReceived,
      reconnects: Math.max(0, this.links.links - 1),
      ...others,
    };
  }
}
