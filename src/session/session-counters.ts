/** Every number of a session's `stats` event in one place. */
import type { FrameMetadata } from '../channel/message';
import type { Clock } from '../clock';
import type { SourceFacts } from '../source/source-facts';
import type { StatsEvent } from './events';
import { IntervalReport } from './interval-report';
import { LinkTotals } from './link-totals';
import type { SessionOptions } from './options';
import { ProgressMeter } from './progress-meter';
import type { StateEvent } from './state';

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
  readonly #clock: Clock;
  #processing: ProgressMeter | undefined;
  #answeredMs = 0;
  undecodable = 0;
  delivered = 0;
  dataReceived = 0;
  rollovers = 0;

  constructor(context: { clock: Clock; options: Pick<SessionOptions, 'statsIntervalMs'> }) {
    this.#clock = context.clock;
    this.interval = new IntervalReport({ clock: context.clock, intervalMs: context.options.statsIntervalMs });
  }

  /** What the source is now; whether that is sent in another way than before. */
  know(facts: SourceFacts): boolean {
    const hasChanged = facts.path !== this.facts?.path;
    this.facts = facts;
    return hasChanged;
  }

  /** An answered frame: how far the server is in a file. */
  answered({ pts, time_base }: FrameMetadata): void {
    if (pts !== null && time_base !== null) this.#answeredMs = Math.max(this.#answeredMs, pts * time_base * 1_000);
  }

  /** How much of a file is done, all of it sent; from the first answer on, where its duration is known. */
  processed(upload: { durationMs: number | null } | undefined): StateEvent {
    const durationMs = upload?.durationMs ?? null;
    const nowMs = this.#clock.monotonicMs();
    this.#processing ??= new ProgressMeter(nowMs);
    // It is done when the server says so.
    const doneMs = Math.min(this.#answeredMs, (durationMs ?? 0) * 0.99);
    const total = doneMs === 0 ? null : durationMs;
    return { kind: 'progress', phase: 'processing', ...this.#processing.at(doneMs, total, nowMs) };
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
