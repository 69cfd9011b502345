import { expect, it } from 'vitest';
import { SessionCounters } from '../../../src/session/session-counters';
import { durationMs } from '../../../src/source/stream-probe';
import { metadata } from '../nodes/events';
import { ManualClock } from '../transport/manual-clock';

function bench() {
  const clock = new ManualClock();
  const counters = new SessionCounters({ clock, options: {} });
  return { clock, counters };
}

it('tells how much of a file is done by the time of the frames that were answered', () => {
  const { clock, counters } = bench();
  const upload = { durationMs: 20_000 };
  expect(counters.processed(upload)).toMatchObject({ phase: 'processing', percent: null, remainingMs: null });
  clock.advance(2_000);
  // Ten seconds into the video, in ticks of the file's own.
  counters.answered(metadata({ pts: 128_000, time_base: 1 / 12_800 }));
  expect(counters.processed(upload)).toMatchObject({ percent: 50, remainingMs: 2_000 });
  counters.answered(metadata({ pts: 12_800, time_base: 1 / 12_800 }));
  expect(counters.processed(upload)).toMatchObject({ percent: 50 });
  counters.answered(metadata({ pts: 640_000, time_base: 1 / 12_800 }));
  expect(counters.processed(upload)).toMatchObject({ percent: 99 });
});

it('does not guess where the duration of the file, or the time of its frames, is unknown', () => {
  const { counters } = bench();
  counters.answered(metadata({ pts: null }));
  expect(counters.processed({ durationMs: 20_000 })).toMatchObject({ percent: null });
  counters.answered(metadata());
  expect(counters.processed({ durationMs: null })).toMatchObject({ percent: null });
});

it('reads the duration that FFmpeg tells', () => {
  expect(durationMs('Input #0, mov\n  Duration: 01:00:02.50, start: 0.000000, bitrate: 1 kb/s')).toBe(3_602_500);
  for (const none of ['', '  Duration: N/A, start: 0', '  Duration: 00:00:00.00']) expect(durationMs(none)).toBeNull();
});
