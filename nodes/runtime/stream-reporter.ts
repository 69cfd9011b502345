/**
 * Turns what a session tells into what a `webrtc-stream` node shows: its badge, a message a change of state, and
 * errors for Catch nodes, each once an outage instead of once a try.
 */
import type { NodeMessage } from 'node-red';
import { NOT_STARTED } from '../../src/index';
import type { PhaseEvent, RolloverEvent, SessionError, SessionErrorData, StatsEvent } from '../../src/index';
import type { Badge } from './badge';
import { CatchError } from './errors';
import { stopReason } from './stream-limits';
import type { LimitSettings, StreamPhase } from './stream-limits';
import type { WantedOutputs } from './wanted-outputs';
import { WarningPause } from './warning-pause';

/** What a reporter is made of. */
export interface ReporterParts {
  /** `msg.stream` of all it sends. */
  stream: string;
  limits?: LimitSettings;
  /** Spreads the phase among the listeners; gives the badge for it. */
  badge(event: StreamPhase): Badge;
  status(badge: Badge): void;
  send(message: NodeMessage): void;
  error(error: CatchError, message: NodeMessage): void;
  /** Monotonic milliseconds. */
  nowMs(): number;
}

export class StreamReporter {
  readonly #parts: ReporterParts;
  readonly #warnings = new WarningPause();
  #lastEvent: StreamPhase = NOT_STARTED;
  #lastSent = '';
  #lastError = '';
  #stats: StatsEvent | null = null;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** The last change that was told. */
  get last(): PhaseEvent {
    return this.#lastEvent;
  }

  /** Shows that nothing has happened yet. */
  idle(): void {
    this.#parts.status(this.#parts.badge(NOT_STARTED));
  }

  /** `reported`: whoever asked for the start gets the error itself. */
  phase(event: StreamPhase, reported: boolean): void {
    this.#lastEvent = event;
    this.#parts.status(this.#parts.badge(event));
    if (event.phase === 'live' || event.phase === 'complete' || event.phase === 'closed') this.#lastError = '';
    if (event.error !== null && !reported) this.#report(event.phase, event.error);
    // Live repeats itself as the rate changes: that is for the badge only.
    const percent = event.percent === null ? '' : Math.floor(event.percent);
    const { path } = event.session;
    const change = `${event.phase} ${event.attempt} ${percent} ${event.remainingMs ?? ''} ${event.stopped ?? ''} ${path ?? ''}`;
    if (change === this.#lastSent) return;
    this.#lastSent = change;
    this.#parts.send(this.#stateMessage(event));
  }

  /** A fresh session on the server has taken over. */
  rollover({ at, reason, overlapMs }: RolloverEvent): void {
    const payload = { at: Math.round(at), reason, overlapMs };
    this.#parts.send({ topic: 'rollover', stream: this.#parts.stream, payload });
  }

  /** What was measured in an interval goes out; the counters wait until somebody asks. */
  stats(event: StatsEvent): void {
    const interval = event.interval ?? this.#stats?.interval ?? null;
    this.#stats = { ...event, interval };
    if (event.interval === null) return;
    this.#parts.send({ topic: 'stats', stream: this.#parts.stream, payload: { ...event.interval } });
  }

  /** Something that did not end the session. */
  warning(error: SessionError): void {
    const suppressed = this.#warnings.pass(error.code, this.#parts.nowMs());
    if (suppressed === undefined) return;
    const data = error.toData();
    this.failure(suppressed === 0 ? data : { ...data, details: { ...data.details, suppressed } });
  }

  /** A failure that nobody is waiting for: to the Catch nodes. */
  failure(data: SessionErrorData): void {
    const { stream } = this.#parts;
    const payload = { state: this.#lastEvent.phase, code: data.code, retry: data.retry };
    this.#parts.error(new CatchError(data), { topic: 'error', stream, payload });
  }

  /** The answer to the actions `status` and `wait`; `outputs`: what is asked of the server, if a session runs. */
  statusMessage(outputs?: WantedOutputs): NodeMessage {
    const message = this.#stateMessage(this.#lastEvent, this.#stats);
    if (outputs === undefined) return message;
    const asked = { stream_output: outputs.streamOutput, data_output: outputs.dataOutput };
    return { ...message, payload: { ...message.payload, outputs: asked } };
  }

  #stateMessage(event: StreamPhase, stats: StatsEvent | null = null): NodeMessage & { payload: object } {
    const { stream, limits = {} } = this.#parts;
    return stateMessage(event, { stream, stats, reason: event.stopped && stopReason(event.stopped, limits) });
  }

  #report(phase: string, error: SessionErrorData): void {
    const key = `${phase} ${error.code}`;
    if (key === this.#lastError) return;
    this.#lastError = key;
    this.failure(error);
  }
}

function stateMessage(
  event: StreamPhase,
  { stream, stats, reason }: { stream: string; stats: StatsEvent | null; reason: string | undefined },
): NodeMessage & { payload: object } {
  const { phase, previous, at, attempt, percent, remainingMs, retryInMs, fps, error, session } = event;
  return {
    topic: 'state',
    stream,
    payload: {
      state: phase,
      previous,
      at: Math.round(at),
      attempt,
      percent,
      remainingMs,
      retryInMs,
      fps,
      code: error?.code ?? null,
      reason: error?.message ?? reason ?? null,
      stopped: event.stopped ?? null,
      session: { ...session },
      ...(stats === null ? {} : { stats: { ...stats } }),
    },
  };
}
