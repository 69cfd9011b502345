/**
 * A fresh session beside the present one, on the same open source: it connects, proves that it works by its first
 * results, and takes over when no frame is lost by it. Ends itself when that takes too long.
 */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { ActiveSource } from './active-source';
import type { RolloverEvent } from './events';
import { Link } from './link';
import type { LinkEvents } from './link';
import type { SessionOptions } from './options';
import type { ResultPipeline } from './result-pipeline';
import type { RolloverReason } from './rollover-plan';
import type { ReliefResults, SessionResults } from './session-results';
import type { WorkflowOfSession } from './workflow-of-session';
import { isPulled } from '../source/pulled-address';

/** What it works with, and whom it tells. */
export interface ReliefParts {
  reason: RolloverReason;
  options: SessionOptions;
  workflow: WorkflowOfSession;
  clock: Clock;
  source: ActiveSource;
  results: SessionResults;
  /** It did not come up, or broke; at most once. Close it. */
  onFailed(error: SessionError): void;
  /** Its results go out from now on; the event says so. */
  onBegun(event: RolloverEvent): void;
  /** It is to be the present one now: `promote` it. */
  onReady(relief: Relief): void;
  warn(error: SessionError): void;
}

const DEFAULT_START_TIMEOUT_MS = 180_000;
/** From the first result on: what does not line up by then will not. */
const HANDOVER_LIMIT_MS = 5_000;

/** See the file header. */
export class Relief {
  readonly #parts: ReliefParts;
  readonly #bornMs: number;
  readonly #link: Link;
  #target: LinkEvents;
  #results: ReliefResults | undefined;
  #feed: { detach(): void; takeOver(): void } | undefined;
  #firstResultMs: number | undefined;
  #newestFrame = 0;
  #over = false;

  constructor(parts: ReliefParts) {
    this.#parts = parts;
    this.#bornMs = parts.clock.monotonicMs();
    this.#target = this.#eventsBefore();
    this.#link = new Link({
      ...{ options: parts.options, workflow: parts.workflow, clock: parts.clock },
      events: this.#relay(),
    });
    this.#open().catch((thrown: unknown) => this.#fail(SessionError.from(thrown)));
  }

  get link(): Link {
    return this.#link;
  }

  /** Once its results go out. */
  get pipeline(): ResultPipeline {
    if (this.#results === undefined) throw new SessionError('INTERNAL', 'The relief has no results yet.');
    return this.#results.pipeline;
  }

  /** Since the server was asked for it. */
  get ageMs(): number {
    return this.#parts.clock.monotonicMs() - this.#bornMs;
  }

  /** Of the frames that came so far. */
  get newestFrame(): number {
    return this.#newestFrame;
  }

  tick(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const limitMs = this.#parts.options.recovery?.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS;
    if (this.#firstResultMs !== undefined) {
      if (nowMs - this.#firstResultMs > HANDOVER_LIMIT_MS) this.#results?.handover.force();
    } else if (limitMs > 0 && this.ageMs > limitMs) {
      const message = `No result came of it for ${Math.round(limitMs / 1_000)} s.`;
      this.#fail(new SessionError('STALLED', message, { retry: true }));
    }
  }

  /** The other one is gone; false: this one is not ready. */
  takeOverNow(): boolean {
    if (this.#over || this.#firstResultMs === undefined) return false;
    this.#results?.handover.force();
    return true;
  }

  /** It is the present one from now on: the source feeds it alone, its events go to `events`. */
  promote(events: Omit<LinkEvents, 'onConnected'>): void {
    this.#over = true;
    this.#target = { onConnected: () => undefined, ...events };
    this.#feed?.takeOver();
    this.#results?.promote();
  }

  async close(): Promise<void> {
    this.#over = true;
    this.#feed?.detach();
    await Promise.all([this.#link.close(), this.#results?.discard()]);
  }

  async #open(): Promise<void> {
    const { results, options } = this.#parts;
    const opened = await results.openRelief(
      {
        onResult: () => (this.#firstResultMs ??= this.#parts.clock.monotonicMs()),
        onNeedKeyframe: () => this.#link.requestKeyframe(),
        onBegun: () => this.#parts.onBegun(this.#event()),
        onDone: () => this.#parts.onReady(this),
      },
      { comparable: !isPulled(options.source) },
    );
    if (this.#over) return opened.discard();
    this.#results = opened;
    this.#link.connect();
  }

  #event(): RolloverEvent {
    const { clock, reason } = this.#parts;
    return { kind: 'rollover', at: clock.epochMs(), reason, overlapMs: Math.round(this.ageMs) };
  }

  #fail(error: SessionError): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.onFailed(error);
  }

  #eventsBefore(): LinkEvents {
    const { source } = this.#parts;
    const warn = (error: SessionError): void => this.#parts.warn(error);
    return {
      onConnected: () => (this.#feed = source.attachRelief((unit) => this.#link.send(unit))),
      onLost: (error) => this.#fail(error),
      onFrame: (frame) => this.#results?.pipeline.frame(frame),
      onSent: (frame) => this.#results?.pipeline.frameSent(frame),
      onTooLarge: (packets) => source.encodeInstead(`a frame took ${packets} packets`),
      onWarning: warn,
      onMalformed: warn,
      onMessage: (message) => {
        if (message.processingComplete) {
          return this.#fail(new SessionError('CONNECTION_LOST', 'The server ended it at once.', { retry: true }));
        }
        this.#newestFrame = Math.max(this.#newestFrame, message.metadata.frame_id);
        this.#results?.pipeline.message(message);
      },
    };
  }

  /** Whoever the events are for at the moment. */
  #relay(): LinkEvents {
    return {
      onConnected: () => this.#target.onConnected(),
      onLost: (error) => this.#target.onLost(error),
      onMessage: (message) => this.#target.onMessage(message),
      onFrame: (frame) => this.#target.onFrame(frame),
      onSent: (frame) => this.#target.onSent(frame),
      onTooLarge: (packets) => this.#target.onTooLarge(packets),
      onWarning: (error) => this.#target.onWarning(error),
      onMalformed: (error) => this.#target.onMalformed(error),
    };
  }
}
