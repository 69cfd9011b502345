import { describe, expect, it } from 'vitest';
import { BitrateAdvice } from '../../../src/transport/bitrate-advice';

const clean = { received: 100, lost: 0 };

describe('BitrateAdvice', () => {
  it('advises the most at the start and while nothing is lost', () => {
    const advice = new BitrateAdvice(4_000_000);
    expect([advice.after({ received: 1, lost: 0 }), advice.after(clean)]).toEqual([4_000_000, 4_000_000]);
  });

  it('goes down by half the loss when more than a tenth is lost, and comes back slowly', () => {
    const advice = new BitrateAdvice(4_000_000);
    expect(advice.after({ received: 80, lost: 20 })).toBe(3_600_000);
    expect(advice.after({ received: 95, lost: 5 })).toBe(3_600_000);
    expect(advice.after(clean)).toBe(3_888_000);
    expect(advice.after(clean)).toBe(4_000_000);
  });

  it('never goes below what a picture needs', () => {
    const advice = new BitrateAdvice(4_000_000);
    for (let second = 0; second < 100; second += 1) advice.after({ received: 1, lost: 99 });
    expect(advice.after({ received: 0, lost: 50 })).toBe(250_000);
  });
});
