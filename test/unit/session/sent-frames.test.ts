import { describe, expect, it } from 'vitest';
import { SentFrames } from '../../../src/session/sent-frames';

describe('SentFrames', () => {
  it('finds a frame by its timestamp, off by the ticks that a server rounds away', () => {
    const frames = new SentFrames();
    for (let index = 0; index < 50; index += 1) {
      frames.add({ rtpTimestamp90k: 1_000 + index * 3_000, sourcePts90k: 0, capturedAtMs: index, sentAtMs: index + 1 });
    }
    expect(frames.find(1_000 + 7 * 3_000)?.capturedAtMs).toBe(7);
    expect(frames.find(1_000 + 7 * 3_000 - 1)?.sentAtMs).toBe(8);
    expect(frames.find(1_000 + 7 * 3_000 + 100)).toBeUndefined();
  });

  it('forgets the oldest beyond its limit', () => {
    const frames = new SentFrames(3);
    for (const rtpTimestamp90k of [10, 20, 30, 40]) {
      frames.add({ rtpTimestamp90k, sourcePts90k: 0, capturedAtMs: null, sentAtMs: 0 });
    }
    expect(frames.find(10)).toBeUndefined();
    expect(frames.find(20)).toBeDefined();
    expect(frames.find(40)).toBeDefined();
  });
});
