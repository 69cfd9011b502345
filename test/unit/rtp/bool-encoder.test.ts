import { describe, expect, it } from 'vitest';
import { BoolEncoder } from '../../../src/rtp/bool-encoder';
import { seededRandom } from '../channel/random';

/** The decoder of RFC 6386 §7.3 in its plainest form: the whole code as one big number. */
function decode(bytes: Buffer, probabilities: number[]): boolean[] {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let weight = BigInt(bytes.length * 8 - 8);
  let range = 255;
  return probabilities.map((probability) => {
    const split = 1 + (((range - 1) * probability) >> 8);
    const bit = value >= BigInt(split) << weight;
    if (bit) value -= BigInt(split) << weight;
    range = bit ? range - split : split;
    while (range < 128) {
      range *= 2;
      weight -= 1n;
    }
    return bit;
  });
}

describe('BoolEncoder', () => {
  it('is read back bit by bit at any probabilities', () => {
    for (const seed of [1, 2, 3, 4]) {
      const random = seededRandom(seed);
      const bits = Array.from({ length: 3000 }, () => ({
        // Unlikely bits on purpose: they carry into bytes already written.
        bit: random() < 0.7,
        probability: 1 + Math.floor(random() * 255),
      }));
      const encoder = new BoolEncoder();
      for (const { bit, probability } of bits) encoder.bit(bit, probability);
      const decoded = decode(
        encoder.finish(),
        bits.map(({ probability }) => probability),
      );
      expect(decoded).toEqual(bits.map(({ bit }) => bit));
    }
  });

  it('writes the highest bit of a literal first', () => {
    const encoder = new BoolEncoder();
    encoder.literal(0b1011, 4);
    expect(decode(encoder.finish(), [128, 128, 128, 128])).toEqual([true, false, true, true]);
  });
});
