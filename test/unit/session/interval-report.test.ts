import { expect, it } from 'vitest';
import { ChildCpu } from '../../../src/ffmpeg/child-cpu';
import type { SessionEvent } from '../../../src/session/events';
import { IntervalReport } from '../../../src/session/interval-report';
import { statsEvent as stats } from '../nodes/events';
import { ManualClock } from '../transport/manual-clock';

const gauges = { roundTripMs: 12.5, waiting: { decoding: 1, pairing: 2, pictures: 0, data: 3 } };

function bench(intervalMs?: number) {
  const clock = new ManualClock();
  let ticks = 0;
  const cpu = new ChildCpu(() => `1 (ffmpeg) S 0 0 0 0 0 0 0 0 0 0 ${ticks} 0`);
  const report = new IntervalReport({ clock, intervalMs, cpu });
  return { clock, report, burn: (more: number) => (ticks += more) };
}

it('tells what was counted in the interval and what is so at its end', () => {
  const { clock, report, burn } = bench(5_000);
  const heard: SessionEvent[] = [];
  report.hearing((event) => heard.push(event))({ kind: 'child', pid: 9, running: true });
  expect(heard).toHaveLength(1);
  const before = stats({ framesRead: 100, framesSent: 90, dataReceived: 80, bytesSent: 1_000 });
  expect(report.take(before, gauges)).toBeNull();
  burn(250);
  clock.advance(4_000);
  expect(report.take(before, gauges)).toBeNull();
  clock.advance(1_000);
  const after = stats({
    ...{ framesRead: 150, framesSkipped: 3, framesSent: 137, framesUnsent: 4, framesReceived: 30, framesDelivered: 25 },
    ...{ framesDropped: 5, framesUndecodable: 1, dataReceived: 120, dataDropped: 2, packetsLost: 6 },
    ...{ bytesSent: 626_000, bytesReceived: 62_500 },
  });
  expect(report.take(after, gauges)).toEqual({
    ...gauges,
    at: 6_000,
    intervalMs: 5_000,
    frames: { read: 50, sent: 47, answered: 40, pictures: 30, delivered: 25 },
    dropped: { source: 3, connection: 4, server: 7, decoder: 1, pictures: 5, data: 2 },
    fps: 8,
    bitrate: { sentBps: 1_000_000, receivedBps: 100_000 },
    packetsLost: 6,
    latencyMs: { data: null, pictures: null },
    childrenCpuPercent: 50,
  });
});

it('gives percentiles of the latencies of the interval, from the capture or, where it is unknown, the sending', () => {
  const { clock, report } = bench(1_000);
  report.take(stats(), gauges);
  const now = clock.epochMs();
  const timing = { capturedAt: null, sentAt: null, receivedAt: now, deliveredAt: null };
  for (let ms = 1; ms <= 100; ms += 1) report.delivered('data', { ...timing, capturedAt: now - ms, sentAt: now });
  report.delivered('data', timing);
  report.delivered('pictures', { ...timing, sentAt: now - 70 });
  // Set back in between.
  report.delivered('pictures', { ...timing, sentAt: now + 3_600_000 });
  clock.advance(1_000);
  expect(report.take(stats(), gauges)?.latencyMs).toEqual({
    data: { p50: 50, p95: 95 },
    pictures: { p50: 0, p95: 70 },
  });
  clock.advance(1_000);
  expect(report.take(stats(), gauges)?.latencyMs).toEqual({ data: null, pictures: null });
});

it('reports once an interval although ticks come early or late', () => {
  const { clock, report } = bench(3_000);
  const due = [1_010, 990, 1_005, 985, 1_010, 1_000, 1_015].map((ms) => {
    const told = report.take(stats(), gauges) !== null;
    clock.advance(ms);
    return told;
  });
  expect(due).toEqual([false, false, false, true, false, false, true]);
});

it('reports nothing where no interval is asked for', () => {
  const { clock, report } = bench();
  for (let second = 0; second < 10; second += 1) {
    expect(report.take(stats(), gauges)).toBeNull();
    clock.advance(1_000);
  }
});
