/**
 * The connections of a session: the one in use, and for a while a second one that takes over from it before it ends.
 * Events of the one in use reach the state machine; a relief that fails is only warned of.
 */
import type { ServerMessage } from '../channel/message';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { ActiveSource } from './active-source';
import { Link } from './link';
import type { LinkEvents } from './link';
import type { SessionOptions } from './options';
import { Relief } from './relief';
import type { ResultPipeline } from './result-pipeline';
import { RolloverSchedule } from './rollover-schedule';
import type { ServerControls } from './server-controls';
import type { LinkFacts } from './session-facts';
import type { SessionCounters } from './session-counters';
import type { SessionResults } from './session-results';
import type { SleepWatch } from './sleep-watch';
import type { StateEvent } from './state';
import type { RolloverEvent, SessionPhase } from './events';
import type { WorkflowOfSession } from './workflow-of-session';

/** What it works with. */
export interface SessionLinksParts {
  clock: Clock;
  results: SessionResults;
  controls: ServerControls;
  counters: SessionCounters;
  sleep: SleepWatch;
  workflow: WorkflowOfSession;
  /** As they are now. */
  options(): SessionOptions;
  source(): ActiveSource | undefined;
  /** Whether a connection is still wanted. */
  isWanted(): boolean;
  onConnected(link: Link): void;
  dispatch(event: StateEvent): void;
  warn(error: SessionError): void;
  emit(event: RolloverEvent): void;
  /** A close under way, which the end of the session waits for. */
  track(closing: Promise<void>): void;
}

/** See the file header. */
export class SessionLinks {
  readonly #parts: SessionLinksParts;
  readonly #schedule: RolloverSchedule;
  #current: Link | undefined;
  #relief: Relief | undefined;
  #serverVersion: string | null = null;

  constructor(parts: SessionLinksParts) {
    this.#parts = parts;
    this.#schedule = new RolloverSchedule(parts.clock);
  }

  /** Of the one in use; what the last server said of itself stays. */
  get facts(): LinkFacts {
    const { serverVersion, ice } = this.#current?.facts ?? { serverVersion: null, ice: null };
    this.#serverVersion = serverVersion ?? this.#serverVersion;
    return { serverVersion: this.#serverVersion, ice };
  }

  /** The one in use. */
  get current(): Link | undefined {
    return this.#current;
  }

  connect(): void {
    this.#open().catch((thrown: unknown) => this.#tellLost(SessionError.from(thrown)));
  }

  close(): void {
    this.abandonRelief();
    const link = this.#current;
    this.#current = undefined;
    this.#parts.controls.use(undefined);
    if (link !== undefined) this.#parts.track(link.close());
  }

  /** The outputs have changed: what a relief was asked for is out of date. */
  abandonRelief(): void {
    const relief = this.#relief;
    this.#relief = undefined;
    if (relief !== undefined) this.#parts.track(relief.close());
  }

  /** Now and then: begins a rollover when it is due, and ends one that takes too long. */
  tick(phase: SessionPhase): void {
    if (this.#relief !== undefined) return this.#relief.tick();
    const source = this.#parts.source();
    if (phase !== 'live' || source === undefined) return;
    const reason = this.#schedule.due(this.#parts.options());
    if (reason === null) return;
    this.#relief = new Relief({
      ...{ reason, source, options: this.#parts.options() },
      ...{ clock: this.#parts.clock, results: this.#parts.results, workflow: this.#parts.workflow },
      onFailed: (error) => this.#reliefFailed(error),
      onBegun: (event) => this.#parts.emit(event),
      onReady: (relief) => this.#takeOver(relief),
      warn: (error) => this.#parts.warn(error),
    });
  }

  /** The connection in use is lost, unless another is ready to take its place. */
  lose(error: SessionError): void {
    if (this.#relief?.takeOverNow() === true) return;
    this.#tellLost(error);
  }

  #tellLost(error: SessionError): void {
    this.#parts.dispatch({ kind: 'link-lost', error: error.toData(), sleptMs: this.#parts.sleep.excuse('link') });
  }

  async #open(): Promise<void> {
    const { clock, results, controls, counters } = this.#parts;
    const pipeline = await results.forNewLink();
    // Stopped, or overtaken by another loss, while FFmpeg was looked for.
    if (!this.#parts.isWanted() || this.#current !== undefined) return;
    const events = { onConnected: (): void => this.#parts.onConnected(link) };
    const link: Link = new Link({
      options: this.#parts.options(),
      workflow: this.#parts.workflow,
      clock,
      events: { ...events, ...this.#eventsInUse(pipeline) },
    });
    this.#current = link;
    controls.use(link);
    counters.links.add(link);
    this.#schedule.born();
    link.connect();
  }

  #eventsInUse(pipeline: ResultPipeline): Omit<LinkEvents, 'onConnected'> {
    const { controls, counters } = this.#parts;
    const warn = (error: SessionError): void => this.#parts.warn(error);
    return {
      onLost: (error) => this.lose(error),
      onFrame: (frame) => pipeline.frame(frame),
      onSent: (frame) => pipeline.frameSent(frame),
      onTooLarge: (packets) => this.#parts.source()?.encodeInstead(`a frame took ${packets} packets`),
      onWarning: warn,
      onMalformed: (error) => {
        warn(error);
        controls.unusable(error.details?.['frameId']);
      },
      onMessage: (message) => {
        if (message.processingComplete) return this.#completed(message);
        controls.received(message.metadata.frame_id);
        counters.answered(message.metadata);
        pipeline.message(message);
      },
    };
  }

  #completed({ terminationReason }: ServerMessage): void {
    if (this.#relief?.takeOverNow() === true) return;
    this.#parts.dispatch({ kind: 'completed', terminationReason });
  }

  #reliefFailed(error: SessionError): void {
    this.abandonRelief();
    this.#schedule.failed(error);
    const what = 'The fresh session that was to take over failed; the present one goes on until it ends.';
    this.#parts.warn(new SessionError(error.code, `${what} ${error.message}`, { retry: error.retry, cause: error }));
  }

  #takeOver(relief: Relief): void {
    const { counters, controls } = this.#parts;
    const old = this.#current;
    this.#relief = undefined;
    this.#current = relief.link;
    this.#schedule.born(relief.ageMs);
    counters.links.add(relief.link);
    counters.rollovers += 1;
    relief.promote(this.#eventsInUse(relief.pipeline));
    controls.takeOver(relief.link, relief.newestFrame);
    if (old !== undefined) this.#parts.track(old.close());
  }
}
