import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerMessage, pts90k } from '../../../src/channel/message';
import { FramePairer } from '../../../src/pairing/frame-pairer';
import { OffsetEstimator } from '../../../src/pairing/offset-estimator';
import { SentFrames } from '../../../src/session/sent-frames';
import { holds } from './holds';

/** Timestamps of a server that lies: huge, repeated, backwards, or a fraction of a tick apart. */
const pts = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((index) => index * 3_000),
  fc.constantFrom(0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 53, 1e15, -1e15, 1e300),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const timeBase = fc.constantFrom(1 / 90_000, 1, 1e-9, 1e300, '1/90000', '1/1000000');

describe('pictures and messages with any timestamps', () => {
  it('all leave again, in bounded memory and time', () =>
    holds(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), pts, timeBase, fc.integer({ min: 0, max: 100 })), { maxLength: 300 }),
        (steps) => {
          const started = performance.now();
          let pictures = 0;
          let delivered = 0;
          const pairer = new FramePairer<number, number>({
            maxWaitMs: 300,
            maxPending: 20,
            onPair: () => (delivered += 1),
          });
          const estimator = new OffsetEstimator();
          const sent = new SentFrames(50);
          let nowMs = 0;
          for (const [isPicture, value, base, elapsedMs] of steps) {
            nowMs += elapsedMs;
            if (isPicture) {
              pictures += 1;
              const ticks = Math.floor(Math.abs(value)) % 2 ** 40;
              pairer.announce(ticks);
              pairer.frame(ticks, nowMs, pictures);
              estimator.addReference(ticks, nowMs);
              sent.add({ rtpTimestamp90k: ticks, sourcePts90k: 0, capturedAtMs: null, sentAtMs: nowMs });
              continue;
            }
            const json = { serialized_output_data: {}, video_metadata: { frame_id: 1, pts: value, time_base: base } };
            const ticks = pts90k(parseServerMessage(json).metadata);
            pairer.data(ticks, nowMs, 1);
            if (ticks !== null) estimator.addObserved(ticks, nowMs);
            sent.find((ticks ?? 0) - (estimator.offset ?? 0));
            pairer.tick(nowMs);
          }
          pairer.flush();
          expect(delivered).toBe(pictures);
          expect(performance.now() - started).toBeLessThan(5_000);
        },
      ),
      0.5,
    ));
});
