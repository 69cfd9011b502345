/** A server's two streams as a receiver sees them: data messages in order, pictures with loss, jitter and disorder. */
import { FramePairer } from '../../../src/pairing/frame-pairer';
import { seededRandom } from '../channel/random';

export interface SimulatedStream {
  seed: number;
  frames?: number;
  intervalMs?: number;
  /** Timestamps are moved by 0 to this many ticks; 0 = perfectly regular. */
  ditherTicks: number;
  lostAtStart?: number;
  lossShare?: number;
  /** Share of frames that the server skipped: neither picture nor data. */
  skippedShare?: number;
  /** Each picture and each message comes up to this much later. */
  jitterMs?: number;
  /** Pictures come this much after their data; may be negative. */
  frameDelayMs?: number;
  /** Share of neighbouring pictures that change places. */
  swappedShare?: number;
  /** Data messages that never come. */
  dataLossShare?: number;
}

interface Arrival {
  atMs: number;
  kind: 'frame' | 'data';
  id: number;
  ticks: number;
}

const DEFAULTS = {
  frames: 1_000,
  intervalMs: 100 / 3,
  jitterMs: 0,
  frameDelayMs: 0,
  lostAtStart: 0,
  lossShare: 0,
  skippedShare: 0,
  swappedShare: 0,
  dataLossShare: 0,
};

/** Everything in order of arrival. */
function simulateStream(options: SimulatedStream): Arrival[] {
  const random = seededRandom(options.seed);
  const stream = { ...DEFAULTS, ...options };
  const rtpOrigin = Math.floor(random() * 2 ** 32);
  const ptsOrigin = Math.floor(random() * 1e6);
  const arrivals: Arrival[] = [];
  let earliestDataMs = 0;
  for (let id = 0; id < stream.frames; id += 1) {
    if (random() < stream.skippedShare) continue;
    const sentMs = 1_000 + id * stream.intervalMs;
    const elapsed = Math.round(id * stream.intervalMs * 90) + Math.floor(random() * (stream.ditherTicks + 1));
    earliestDataMs = Math.max(earliestDataMs, sentMs + random() * stream.jitterMs);
    if (random() >= stream.dataLossShare) {
      arrivals.push({ atMs: earliestDataMs, kind: 'data', id, ticks: ptsOrigin + elapsed });
    }
    if (id < stream.lostAtStart || random() < stream.lossShare) continue;
    // aiortc rounds a third of its timestamps down by a tick (protocol.md F).
    const ticks = rtpOrigin + elapsed - (random() < 1 / 3 ? 1 : 0);
    const swapMs = random() < stream.swappedShare ? stream.intervalMs * 1.2 : 0;
    const atMs = sentMs + random() * stream.jitterMs + stream.frameDelayMs + swapMs;
    arrivals.push({ atMs, kind: 'frame', id, ticks });
  }
  return arrivals.sort((left, right) => left.atMs - right.atMs);
}

/** Pairs a simulated stream with real deadlines and counts what became of each picture. */
export function pairStream(options: SimulatedStream, maxWaitMs = 300) {
  const result = { right: 0, wrong: 0, alone: 0, firstRightMs: Infinity, longestWaitMs: 0, order: [] as number[] };
  let nowMs = 0;
  const pairer = new FramePairer<{ id: number; atMs: number }, number>({
    maxWaitMs,
    maxPending: 150,
    onPair({ id, atMs }, data) {
      result.order.push(id);
      result.longestWaitMs = Math.max(result.longestWaitMs, nowMs - atMs);
      if (data === null) result.alone += 1;
      else if (data === id) result.right += 1;
      else result.wrong += 1;
      if (data === id) result.firstRightMs = Math.min(result.firstRightMs, nowMs - 1_000);
    },
  });
  for (const { kind, atMs, id, ticks } of simulateStream(options)) {
    for (let due = pairer.nextDeadlineMs; due !== undefined && due <= atMs; due = pairer.nextDeadlineMs) {
      nowMs = due;
      pairer.tick(due);
    }
    nowMs = atMs;
    if (kind === 'frame') pairer.frame(ticks, atMs, { id, atMs });
    else pairer.data(ticks, atMs, id);
  }
  nowMs += maxWaitMs;
  pairer.tick(nowMs);
  return { ...result, stats: pairer.stats };
}
