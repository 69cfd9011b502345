import { describe, expect, it } from 'vitest';
import { TimestampUnwrapper } from '../../../src/rtp/timestamp-unwrapper';

describe('TimestampUnwrapper', () => {
  it.each([
    ['starts with the timestamp itself', [4_000_000_000, 4_000_003_000], [4_000_000_000, 4_000_003_000]],
    ['goes on across the wrap', [4_294_967_295, 0, 2999], [4_294_967_295, 4_294_967_296, 4_294_970_295]],
    ['steps back a little for a late one', [9000, 6000, 12_000], [9000, 6000, 12_000]],
    [
      'steps back across the wrap',
      [4_294_967_000, 100, 4_294_967_290, 200],
      [4_294_967_000, 4_294_967_396, 4_294_967_290, 4_294_967_496],
    ],
    ['steps back below the very first one', [0, 4_294_967_295, 1], [0, -1, 1]],
    ['takes half a cycle ahead as ahead', [0, 2_147_483_647], [0, 2_147_483_647]],
    [
      'is not led backwards by a series of late ones',
      [3_000_000_000, 1_500_000_000, 2_999_999_999],
      [3_000_000_000, 1_500_000_000, 2_999_999_999],
    ],
  ])('%s', (_name, timestamps, unwrapped) => {
    const unwrapper = new TimestampUnwrapper();
    expect(timestamps.map((timestamp) => unwrapper.unwrap(timestamp))).toEqual(unwrapped);
  });

  it('counts through many cycles', () => {
    const unwrapper = new TimestampUnwrapper();
    const step = 1_000_000_007;
    for (let count = 0; count < 100; count += 1) {
      expect(unwrapper.unwrap((count * step) % 2 ** 32)).toBe(count * step);
    }
  });
});
