import { describe, expect, it } from 'vitest';
import { StreamCounts } from '../../../src/pairing/stream-counts';

describe('counted streams', () => {
  it('tell both constants from the first frame on', () => {
    const counts = new StreamCounts();
    counts.sent(5_000);
    expect([counts.dataOffset, counts.pictureOffset]).toEqual([undefined, undefined]);
    counts.data(0);
    expect([counts.dataOffset, counts.pictureOffset]).toEqual([-5_000, undefined]);
    counts.picture(70_000);
    expect([counts.dataOffset, counts.pictureOffset]).toEqual([-5_000, 70_000]);
  });

  it('tell nothing while a frame, a message or a picture is missing', () => {
    const counts = new StreamCounts();
    counts.sent(1);
    counts.sent(2);
    counts.data(2);
    counts.picture(2);
    expect([counts.dataOffset, counts.pictureOffset]).toEqual([undefined, undefined]);
    counts.data(3);
    expect(counts.dataOffset).toBe(1);
    expect(counts.pictureOffset).toBeUndefined();
  });

  it('tell nothing of messages without a timestamp', () => {
    const counts = new StreamCounts();
    counts.sent(1);
    counts.data(null);
    counts.picture(1);
    expect([counts.dataOffset, counts.pictureOffset]).toEqual([undefined, undefined]);
  });
});
