/** Where a session's core lives: a worker thread, or here. A dead thread is a loss like any other and comes back. */
import { SessionError } from '../errors';
import type { SessionErrorData } from '../errors';
import type { PhaseEvent, SessionEvent, StatsEvent } from '../session/events';
import type { SessionChange, SessionOptions } from '../session/options';
import { NO_SESSION_FACTS } from '../session/session-facts';
import { recoveryDecision } from '../session/recovery-policy';
import type { SessionCore } from '../session/session-core';
import type { ManualFrame } from '../source/manual-frame';
import { openThreadedSession } from '../worker/threaded-session';
import { FrameGate } from './frame-gate';
import { openLazyCore } from './lazy-core';
import { pictureGarbage } from './picture-garbage';
import { redactEvent, secretsOf } from './redact-event';
import { StatsTotal } from './stats-total';

/** What a host is made of. */
export interface SessionHostOptions {
  options: SessionOptions;
  thread: 'worker' | 'none';
  maxThreads: number;
  emit: (event: SessionEvent) => void;
}

/** A core that outlives its thread. */
export class SessionHost implements SessionCore {
  readonly #context: SessionHostOptions;
  readonly #secrets: readonly string[];
  readonly #stats = new StatsTotal();
  #options: SessionOptions;
  readonly #frames = new FrameGate((frame) => this.#core.sendFrame(frame));
  #core: SessionCore;
  #deaths = 0;
  #last: PhaseEvent | undefined;
  #stopping = false;
  #over = false;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(context: SessionHostOptions) {
    this.#context = context;
    this.#options = context.options;
    this.#secrets = secretsOf(context.options);
    this.#core = this.#open();
  }

  start(): void {
    this.#core.start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#retryTimer !== undefined) {
      // Between two threads: nothing is open, the end is ours to tell.
      clearTimeout(this.#retryTimer);
      this.#end('stopped', null);
      return;
    }
    await this.#core.stop();
  }

  reconfigure(change: SessionChange): void {
    this.#options = { ...this.#options, ...change };
    this.#core.reconfigure(change);
  }

  requestPicture(id: string): void {
    this.#core.requestPicture(id);
  }

  acknowledge(frameId: number): void {
    this.#core.acknowledge(frameId);
  }

  /** Takes a checked picture over, bytes and all. */
  sendFrame(frame: ManualFrame): void {
    this.#frames.push(frame);
  }

  grant(kind: 'frame' | 'data', count: number): void {
    this.#core.grant(kind, count);
  }

  #open(): SessionCore {
    const { thread, maxThreads } = this.#context;
    const emit = (event: SessionEvent): void => this.#emit(event);
    if (thread === 'none') {
      const onFailed = (error: SessionError): void => this.#end('failed', error.toData());
      return openLazyCore({ options: this.#options, emit, onFailed });
    }
    return openThreadedSession({
      options: this.#options,
      maxThreads,
      emit,
      onDied: (error) => this.#onDied(error),
    });
  }

  #emit(event: SessionEvent): void {
    if (this.#over) return;
    if (event.kind === 'end') this.#over = true;
    if (event.kind === 'frame') pictureGarbage.comes(event.data.byteLength);
    this.#context.emit(redactEvent(this.#inSession(event), this.#secrets));
  }

  /** What a thread says of itself, as it is for the session that has lived in others before. */
  #inSession(event: SessionEvent): SessionEvent {
    if (event.kind === 'frame-taken') this.#frames.taken();
    if (event.kind === 'stats') return this.#withFrames(this.#stats.add(event));
    if (event.kind !== 'phase') return event;
    const previous = this.#last?.phase ?? event.previous;
    this.#last = event;
    if (event.phase === 'live') this.#deaths = 0;
    return { ...event, previous };
  }

  /** Pictures that never got into the thread count as handed in and left out. */
  #withFrames(event: StatsEvent): StatsEvent {
    const { skipped } = this.#frames;
    return { ...event, framesRead: event.framesRead + skipped, framesSkipped: event.framesSkipped + skipped };
  }

  #onDied(error: SessionError): void {
    if (this.#over) return;
    if (this.#stopping) return this.#end('stopped', null);
    this.#stats.threadDied();
    const { recovery, source } = this.#options;
    const decision = recoveryDecision({
      error: { ...error.toData(), retry: source.kind !== 'upload' },
      failedAttempts: this.#deaths,
      enabled: recovery?.enabled ?? true,
      baseDelayMs: recovery?.baseDelayMs ?? 1_000,
      maxDelayMs: recovery?.maxDelayMs ?? 60_000,
      random: Math.random(),
    });
    if (decision.kind === 'give-up') return this.#end('failed', error.toData());
    this.#deaths += 1;
    this.#tellPhase('reconnecting', { error: error.toData(), retryInMs: decision.delayMs });
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#reopen();
    }, decision.delayMs);
  }

  #reopen(): void {
    try {
      this.#core = this.#open();
      this.#core.start();
      this.#frames.reopened();
    } catch (thrown) {
      this.#onDied(SessionError.from(thrown, 'WORKER_FAILED'));
    }
  }

  #end(outcome: 'stopped' | 'failed', error: SessionErrorData | null): void {
    this.#tellPhase(outcome === 'stopped' ? 'closed' : 'failed', { error, retryInMs: null });
    this.#emit({ kind: 'end', outcome, terminationReason: null, error });
  }

  #tellPhase(
    phase: 'reconnecting' | 'closed' | 'failed',
    facts: { error: SessionErrorData | null; retryInMs: number | null },
  ): void {
    this.#emit({
      kind: 'phase',
      phase,
      previous: this.#last?.phase ?? 'not_started',
      at: Date.now(),
      percent: null,
      remainingMs: null,
      attempt: this.#deaths,
      fps: null,
      session: { ...(this.#last?.session ?? NO_SESSION_FACTS), ice: null },
      ...facts,
    });
  }
}
