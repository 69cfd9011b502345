/** What a stream's dialog shows while it is open: events of its session in, one plain object out. Holds no picture. */
import type { FrameTiming, PhaseEvent, StatsEvent } from '../../src/index';

/** Numbers are null while unknown. */
export interface LiveStateView {
  stream: string;
  phase: string;
  /** Results a second. */
  fps: number | null;
  code: string | null;
  reason: string | null;
  source: StatsEvent['source'];
  /** From the capture (or the sending) of a frame to its result here, milliseconds, smoothed. */
  latencyMs: number | null;
  counts: {
    sent: number;
    received: number;
    delivered: number;
    dropped: number;
    lost: number;
    reconnects: number;
  } | null;
}

/** How much a new latency counts for the mean one. */
const LATENCY_WEIGHT = 0.1;

export class LiveState {
  readonly #stream: string;
  #phase: PhaseEvent | undefined;
  #stats: StatsEvent | undefined;
  #latencyMs: number | null = null;

  constructor(stream: string) {
    this.#stream = stream;
  }

  phase(event: PhaseEvent): void {
    this.#phase = event;
    if (event.phase !== 'live') this.#latencyMs = null;
  }

  stats(event: StatsEvent): void {
    this.#stats = event;
  }

  /** Of a result that has just come. */
  timing({ capturedAt, sentAt, deliveredAt }: FrameTiming): void {
    const since = capturedAt ?? sentAt;
    if (since === null || deliveredAt === null) return;
    const latencyMs = Math.max(0, deliveredAt - since);
    this.#latencyMs ??= latencyMs;
    this.#latencyMs += LATENCY_WEIGHT * (latencyMs - this.#latencyMs);
  }

  view(): LiveStateView {
    const stats = this.#stats;
    const { phase = 'not_started', fps = null, error = null } = this.#phase ?? {};
    return {
      stream: this.#stream,
      phase,
      fps,
      ...failureOf(error),
      source: stats?.source ?? null,
      latencyMs: this.#latencyMs === null ? null : Math.round(this.#latencyMs),
      counts: stats === undefined ? null : countsOf(stats),
    };
  }
}

function failureOf(error: PhaseEvent['error']): Pick<LiveStateView, 'code' | 'reason'> {
  return { code: error?.code ?? null, reason: error?.message ?? null };
}

function countsOf(stats: StatsEvent): NonNullable<LiveStateView['counts']> {
  return {
    sent: stats.framesSent,
    received: stats.framesReceived,
    delivered: stats.framesDelivered,
    dropped: stats.framesDropped,
    lost: stats.packetsLost,
    reconnects: stats.reconnects,
  };
}
