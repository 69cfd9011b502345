/**
 * Runs a session: feeds events into the state machine and performs its effects. Plain data in, plain data out, so
 * that it lives in a worker thread as well as in-process. `SessionOptions` in, `SessionEvent`s out.
 */
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { settleWithin } from '../guard';
import { locateFfmpeg } from '../ffmpeg/locate';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { ManualFrame } from '../source/manual-frame';
import { ActiveSource } from './active-source';
import { CLOSE_LIMIT_MS, Closings } from './closings';
import type { SessionEvent, StatsEvent } from './events';
import { acknowledgement, withDeviceFps } from './initialise';
import type { Link } from './link';
import { withModelDefaults } from './model-defaults';
import type { SessionChange, SessionOptions } from './options';
import { phaseEvent } from './phase-event';
import { WorkflowOfSession } from './workflow-of-session';
import { changedOptions } from './changed-options';
import { sendUpload } from './send-upload';
import { ServerControls } from './server-controls';
import { SessionCounters } from './session-counters';
import { SessionLinks } from './session-links';
import { SessionResults } from './session-results';
import { sessionFacts } from './session-facts';
import { sessionSetup, watchdogLimits } from './session-setup';
import { SLEPT_WHILE_CONNECTING, SleepWatch } from './sleep-watch';
import type { Sleep } from './sleep-watch';
import { initialState, isFinal, isVisibleChange, reduce } from './state';
import type { Effect, SessionSetup, SessionState, StateEvent } from './state';
import { Ticker } from './ticker';
import { WarningGate } from './warning-gate';
import { Watchdog } from './watchdog';

/** A running session, as its thread or its in-process owner sees it. */
export interface SessionCore {
  /** Begins; a second call does nothing. */
  start(): void;
  /** Ends it as its user's wish; resolves when everything is closed. Bounded well under 15 s. */
  stop(): Promise<void>;
  /** Changes what the server sends, now and after every reconnect, and when pictures are made. */
  reconfigure(change: SessionChange): void;
  /** The next frame is wanted as this picture. */
  requestPicture(id: string): void;
  /** Batch mode: the user is done with this frame. */
  acknowledge(frameId: number): void;
  /** A picture for a source of kind `frames`; its bytes belong to the session from now on. */
  sendFrame(frame: ManualFrame): void;
  /** The receiver has taken `count` frame or data events. */
  grant(kind: 'frame' | 'data', count: number): void;
}

/** Makes a session that tells everything through `emit`, which must not throw. */
export function createSessionCore(
  options: SessionOptions,
  emit: (event: SessionEvent) => void,
  clock: Clock = systemClock,
): SessionCore {
  return new Core({ options: withModelDefaults(options), emit, clock });
}

const FLUSH_LIMIT_MS = 3_000;

class Core implements SessionCore {
  readonly #emit: (event: SessionEvent) => void;
  readonly #clock: Clock;
  readonly #setup: SessionSetup;
  readonly #results: SessionResults;
  readonly #counters: SessionCounters;
  readonly #watchdog: Watchdog;
  readonly #controls: ServerControls;
  readonly #links: SessionLinks;
  readonly #warnings: WarningGate;
  readonly #sleep: SleepWatch;
  readonly #workflow: WorkflowOfSession;
  #options: SessionOptions;
  #state: SessionState = initialState;
  #source: ActiveSource | undefined;
  readonly #closings = new Closings((thrown) => this.#warnings.push(SessionError.from(thrown)));
  readonly #ffmpeg = (): Promise<FfmpegProgram> => locateFfmpeg({ settingPath: this.#options.ffmpegPath });
  #cancelRetry: (() => void) | undefined;
  readonly #ticker: Ticker;
  #finished: () => void = () => undefined;
  readonly #ended: Promise<void>;

  constructor(context: { options: SessionOptions; emit: (event: SessionEvent) => void; clock: Clock }) {
    this.#options = context.options;
    this.#counters = new SessionCounters(context);
    this.#emit = this.#counters.interval.hearing(context.emit);
    this.#clock = context.clock;
    this.#sleep = new SleepWatch(context.clock, (sleep) => this.#woken(sleep));
    this.#ended = new Promise((resolve) => (this.#finished = resolve));
    this.#watchdog = new Watchdog(watchdogLimits(context.options));
    this.#setup = sessionSetup(context.options);
    this.#workflow = new WorkflowOfSession(context.options);
    this.#ticker = new Ticker(context.clock, () => this.#tick());
    this.#controls = new ServerControls(acknowledgement(context.options));
    this.#warnings = new WarningGate((error) => this.#emit({ kind: 'warning', error: error.toData() }));
    this.#results = new SessionResults({
      ...{ ...context, emit: this.#emit, counters: this.#counters },
      warn: (error) => this.#warnings.push(error),
      ffmpeg: this.#ffmpeg,
      onResult: () => {
        this.#watchdog.result(this.#clock.monotonicMs());
        this.#dispatch({ kind: 'result' });
      },
      onNeedKeyframe: () => this.#links.current?.requestKeyframe(),
    });
    this.#links = new SessionLinks({
      ...{ clock: context.clock, results: this.#results, controls: this.#controls },
      ...{ counters: this.#counters, sleep: this.#sleep, workflow: this.#workflow },
      options: () => withDeviceFps(this.#options, this.#counters.facts?.fps),
      source: () => this.#source,
      isWanted: () => this.#state.link === 'connecting',
      onConnected: (link) => this.#onConnected(link),
      dispatch: (event) => this.#dispatch(event),
      warn: (error) => this.#warnings.push(error),
      emit: context.emit,
      track: (closing) => this.#closings.add(closing),
    });
  }

  start(): void {
    this.#dispatch({ kind: 'start' });
  }

  async stop(): Promise<void> {
    this.#dispatch({ kind: 'stop' });
    await this.#ended;
  }

  reconfigure(change: SessionChange): void {
    if (change.pictures !== undefined) this.#results.change(change.pictures);
    try {
      const { options, asked } = changedOptions(this.#options, change);
      this.#options = options;
      if (asked === undefined) return;
      this.#controls.change(asked);
      this.#links.abandonRelief();
    } catch (thrown) {
      this.#warnings.push(SessionError.from(thrown));
    }
  }

  requestPicture(id: string): void {
    this.#results.requestPicture(id);
  }

  acknowledge(frameId: number): void {
    this.#controls.acknowledge(frameId);
  }

  sendFrame(frame: ManualFrame): void {
    // Told back whatever becomes of it: that is what lets the next one come over from the other thread.
    this.#emit({ kind: 'frame-taken' });
    this.#source?.push(frame);
  }

  grant(kind: 'frame' | 'data', count: number): void {
    this.#results.grant(kind, count);
  }

  #dispatch(event: StateEvent): void {
    const before = this.#state;
    const { state, effects } = reduce(this.#setup, before, { ...event, random: Math.random() });
    this.#state = state;
    if (!isFinal(state.phase) && isVisibleChange(before, state)) this.#emitPhase(before);
    for (const effect of effects) this.#perform(effect, before);
  }

  #perform(effect: Effect, before: SessionState): void {
    switch (effect.kind) {
      case 'open-source':
        return this.#openSource();
      case 'close-source':
        return this.#closeSource();
      case 'connect':
        return this.#links.connect();
      case 'close-link':
        this.#source?.detach();
        return this.#links.close();
      case 'schedule-retry':
        this.#cancelRetry?.();
        this.#cancelRetry = this.#clock.after(effect.delayMs, () => this.#dispatch({ kind: 'retry-due' }));
        return;
      case 'drain':
        return this.#watchdog.drain(this.#clock.monotonicMs(), { mayBegin: !this.#setup.upload });
      case 'finish':
        this.#finish(effect, before).catch(() => this.#finished());
    }
  }

  #openSource(): void {
    this.#ticker.start();
    const source: ActiveSource = new ActiveSource({
      onOpened: () => this.#ifCurrent(source, () => this.#dispatch({ kind: 'source-opened' })),
      onEnded: (error) =>
        this.#ifCurrent(source, () =>
          this.#dispatch({
            kind: 'source-ended',
            error: error?.toData() ?? null,
            sleptMs: this.#sleep.excuse('source'),
          }),
        ),
      onFacts: (facts) => {
        // A source that goes on encoded in the middle is worth telling.
        if (this.#counters.know(facts) && this.#state.link === 'connected') this.#emitPhase(this.#state);
      },
      onProgress: (progress) => this.#dispatch({ kind: 'progress', phase: 'downloading', ...progress }),
      onChild: (pid, running) => this.#emit({ kind: 'child', pid, running }),
      onWarning: (error) => this.#warnings.push(error),
    });
    this.#source = source;
    this.#counters.source = source;
    source.open(this.#options, { ffmpeg: this.#ffmpeg, clock: this.#clock });
  }

  #ifCurrent(source: ActiveSource, event: () => void): void {
    if (this.#source === source) event();
  }

  #closeSource(): void {
    this.#closings.add(this.#source?.close());
    this.#source = undefined;
  }

  #onConnected(link: Link): void {
    this.#watchdog.expectResults(this.#clock.monotonicMs());
    this.#dispatch({ kind: 'link-connected' });
    this.#controls.linkUp();
    this.#controls.closeGate();
    const upload = this.#source?.upload;
    if (upload === undefined) return this.#source?.attach((unit) => link.send(unit));
    const tell = (event: StateEvent): void => {
      if (this.#links.current !== link || this.#state.source === 'ended') return;
      // Each part that goes, and the end of the file, starts the wait for what comes next anew.
      this.#watchdog.expectResults(this.#clock.monotonicMs());
      this.#dispatch(event);
    };
    sendUpload({ link, upload, clock: this.#clock, tell });
  }

  #tick(): void {
    this.#sleep.look();
    this.#emit(this.#stats());
    this.#warnings.tick();
    if (this.#controls.awaitsUser) this.#watchdog.result(this.#clock.monotonicMs());
    if (this.#state.phase === 'processing') this.#dispatch(this.#counters.processed(this.#source?.upload));
    if (this.#state.phase === 'live') this.#dispatch({ kind: 'fps', fps: this.#results.fps });
    const finding = this.#watchdog.check(this.#state.phase, this.#clock.monotonicMs());
    if (finding.kind === 'drained') this.#dispatch({ kind: 'drained' });
    else if (finding.kind === 'stalled') this.#links.lose(finding.error);
    this.#links.tick(this.#state.phase);
  }

  /** Nothing was silent, what waits need not wait, what was dialling dials anew. */
  #woken({ monotonicMs }: Sleep): void {
    this.#watchdog.slept(monotonicMs);
    if (this.#state.link === 'connecting') this.#links.lose(SLEPT_WHILE_CONNECTING);
    else this.#dispatch({ kind: 'retry-due' });
  }

  #stats(): StatsEvent {
    return this.#results.stats(this.#links.current?.roundTripMs ?? null);
  }

  async #finish(effect: Extract<Effect, { kind: 'finish' }>, before: SessionState): Promise<void> {
    this.#cancelRetry?.();
    this.#ticker.stop();
    if (effect.outcome === 'complete') await settleWithin(FLUSH_LIMIT_MS, this.#results.flush());
    // What has come is not lost, however slow its receiver is.
    if (effect.outcome !== 'stopped') this.#results.letOut();
    this.#closings.add(this.#results.close());
    await this.#closings.settle(CLOSE_LIMIT_MS);
    this.#emit(this.#stats());
    this.#emitPhase(before);
    const { outcome, terminationReason } = effect;
    this.#emit({ kind: 'end', outcome, terminationReason, error: this.#state.error });
    this.#finished();
  }

  #emitPhase(before: SessionState): void {
    const session = sessionFacts(this.#counters.facts, this.#links.facts, this.#state.terminationReason);
    this.#emit(phaseEvent(this.#state, { previous: before.phase, at: this.#clock.epochMs(), session }));
  }
}
