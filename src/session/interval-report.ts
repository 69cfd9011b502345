/**
 * Counters of a session and the ways of its frames in, what was measured in each interval out. Keeps a bounded number of
 * latencies; without an interval it keeps nothing and reports nothing.
 */
import type { Clock } from '../clock';
import { ChildCpu } from '../ffmpeg/child-cpu';
import type { FrameTiming, IntervalStats, LatencyPercentiles, SessionEvent, StatsEvent } from './events';

/** The newest of an interval: enough for percentiles, and 8 KB each. */
const MAX_LATENCIES = 1_024;
const MIN_INTERVAL_MS = 1_000;
/** Ticks come a little early or late: the one that is nearest reports. */
const TICK_TOLERANCE_MS = 500;

type Counters = Omit<StatsEvent, 'kind' | 'source' | 'interval'>;

/** What is not counted but read at the end of an interval. */
export interface Gauges {
  roundTripMs: number | null;
  waiting: IntervalStats['waiting'];
}

/** See the file header. */
export class IntervalReport {
  readonly #clock: Clock;
  readonly #intervalMs: number | undefined;
  readonly #cpu: ChildCpu;
  readonly #latencies = { data: new Latencies(), pictures: new Latencies() };
  #before: { atMs: number; stats: Counters } | undefined;

  /** `intervalMs`: at least a second; undefined: nothing is measured. */
  constructor(options: { clock: Clock; intervalMs: number | undefined; cpu?: ChildCpu }) {
    const { clock, intervalMs, cpu = new ChildCpu() } = options;
    this.#clock = clock;
    this.#intervalMs = intervalMs === undefined ? undefined : Math.max(MIN_INTERVAL_MS, intervalMs);
    this.#cpu = cpu;
  }

  /** `emit`, which is told of children that come and go. */
  hearing(emit: (event: SessionEvent) => void): (event: SessionEvent) => void {
    return (event) => {
      if (event.kind === 'child') this.#cpu.child(event.pid, event.running);
      emit(event);
    };
  }

  /** A result is let out. */
  delivered(kind: 'data' | 'pictures', { capturedAt, sentAt }: FrameTiming): void {
    const since = capturedAt ?? sentAt;
    if (this.#intervalMs === undefined || since === null) return;
    // A clock that was set back would give less than nothing.
    this.#latencies[kind].add(Math.max(0, this.#clock.epochMs() - since));
  }

  /** Asked about once a second: the report, where one is due. */
  take(stats: StatsEvent, gauges: Gauges): IntervalStats | null {
    if (this.#intervalMs === undefined) return null;
    const nowMs = this.#clock.monotonicMs();
    const before = this.#before;
    if (before !== undefined && nowMs - before.atMs < this.#intervalMs - TICK_TOLERANCE_MS) return null;
    this.#before = { atMs: nowMs, stats };
    const cpuMs = this.#cpu.take();
    const latencyMs = { data: this.#latencies.data.take(), pictures: this.#latencies.pictures.take() };
    if (before === undefined) return null;
    const intervalMs = Math.max(1, Math.round(nowMs - before.atMs));
    return {
      at: Math.round(this.#clock.epochMs()),
      intervalMs,
      ...differences(stats, before.stats, intervalMs),
      ...gauges,
      latencyMs,
      childrenCpuPercent: cpuMs === null ? null : Math.round((cpuMs / intervalMs) * 1_000) / 10,
    };
  }
}

function differences(
  now: Counters,
  before: Counters,
  intervalMs: number,
): Pick<IntervalStats, 'frames' | 'dropped' | 'fps' | 'bitrate' | 'packetsLost'> {
  const since = (counter: keyof Counters): number => now[counter] - before[counter];
  const perSecond = (count: number): number => (count * 1_000) / intervalMs;
  const [sent, answered] = [since('framesSent'), since('dataReceived')];
  return {
    frames: {
      ...{ read: since('framesRead'), sent, answered },
      ...{ pictures: since('framesReceived'), delivered: since('framesDelivered') },
    },
    dropped: {
      source: since('framesSkipped'),
      connection: since('framesUnsent'),
      server: Math.max(0, sent - answered),
      decoder: since('framesUndecodable'),
      pictures: since('framesDropped'),
      data: since('dataDropped'),
    },
    fps: Math.round(perSecond(answered) * 100) / 100,
    bitrate: {
      sentBps: Math.round(perSecond(since('bytesSent') * 8)),
      receivedBps: Math.round(perSecond(since('bytesReceived') * 8)),
    },
    packetsLost: since('packetsLost'),
  };
}

/** The newest latencies of an interval. */
class Latencies {
  #values: number[] = [];
  #next = 0;

  add(latencyMs: number): void {
    this.#values[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % MAX_LATENCIES;
  }

  /** Null where there were none; begins anew. */
  take(): LatencyPercentiles | null {
    const sorted = this.#values.sort((a, b) => a - b);
    this.#values = [];
    this.#next = 0;
    const rank = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    return sorted.length === 0 ? null : { p50: rank(0.5), p95: rank(0.95) };
  }
}
