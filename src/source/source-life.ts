/**
 * Opening and ending of one source, whatever it is made of: two promises, counters, the sinks, and one way down. The
 * first cause wins; later ones are ignored.
 */
import { SessionError } from '../errors';
import { guard } from '../guard';
import type { LiveSource, SourceSink, SourceStats } from './live-source';
import type { SourceFacts } from './source-facts';
import { SinkHub } from './sink-hub';

/** What the kinds of sources do differently. */
export interface SourceBody {
  /** One more sink is here; `isFirst`: nobody has listened before. */
  onSink(isFirst: boolean): void;
  encodeInstead(reason: string): void;
  /** Ends every child. Called once; whether it rejects does not matter. */
  shutDown(): Promise<void>;
}

export class SourceLife {
  readonly stats: SourceStats = { unitsRead: 0, unitsDropped: 0, sinkFaults: 0 };
  readonly hub = new SinkHub(() => (this.stats.sinkFaults += 1));
  readonly opened: Promise<SourceFacts>;
  readonly ended: Promise<{ error: SessionError | null }>;

  #open: (facts: SourceFacts) => void = noop;
  #refuse: (error: SessionError) => void = noop;
  #end: (outcome: { error: SessionError | null }) => void = noop;
  #isOver = false;
  #body: SourceBody | undefined;
  #down: Promise<void> | undefined;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#refuse = reject;
    });
    this.opened.catch(noop); // nobody has to listen: `ended` tells the same
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** New facts; the first ones open the source. */
  tell(facts: SourceFacts): void {
    if (this.#isOver) return;
    this.hub.setFacts(facts);
    this.#open(facts);
  }

  /** Null: the regular end. Everything is shut down. */
  end(error: SessionError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#refuse(error ?? new SessionError('SESSION_CLOSED', 'The source was closed before it had opened.'));
    this.hub.clear();
    void this.#shutDown().then(() => this.#end({ error }));
  }

  /** For any thrown value. */
  readonly fail = (thrown: unknown): void => this.end(SessionError.from(thrown));

  /** The source as others see it. */
  source(body: SourceBody): LiveSource {
    this.#body = body;
    let sinks = 0;
    return {
      opened: this.opened,
      ended: this.ended,
      stats: this.stats,
      attach: (sink: SourceSink) => {
        if (this.#isOver) return noop;
        const detach = this.hub.attach(sink);
        sinks += 1;
        guard(this.fail, () => body.onSink(sinks === 1))();
        return detach;
      },
      encodeInstead: (reason) => guard(this.fail, () => !this.#isOver && body.encodeInstead(reason))(),
      close: async () => {
        this.end(null);
        await this.#shutDown();
      },
    };
  }

  #shutDown(): Promise<void> {
    this.#down ??= this.#body?.shutDown().catch(noop) ?? Promise.resolve();
    return this.#down;
  }
}

function noop(): void {
  // Promise executors replace it; what fails on the way down is of no use to anybody.
}
