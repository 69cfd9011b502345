import { describe, expect, it } from 'vitest';
import { KeyframeRequester } from '../../../src/transport/keyframe-requester';

describe('KeyframeRequester', () => {
  it('asks at the first packet and then every half second until a keyframe comes', () => {
    const requester = new KeyframeRequester(() => undefined);
    const askedAt = (nowMs: number): number => {
      requester.packetReceived(nowMs);
      return requester.requests;
    };
    expect([0, 100, 499, 500, 900, 1_001].map(askedAt)).toEqual([1, 1, 1, 2, 2, 3]);
    requester.keyframeReceived();
    expect(askedAt(5_000)).toBe(3);
  });

  it('asks again after a loss, though never twice within half a second', () => {
    const requester = new KeyframeRequester(() => undefined);
    requester.packetReceived(0);
    requester.keyframeReceived();
    requester.want(100);
    expect(requester.requests).toBe(1);
    requester.packetReceived(500);
    expect(requester.requests).toBe(2);
    requester.keyframeReceived();
    requester.want(1_000);
    expect(requester.requests).toBe(3);
  });
});
