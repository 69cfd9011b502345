import { describe, expect, it } from 'vitest';
import type { DemoFaults } from '../../../src/demo/faults';
import { RtpFaults, timestampFault } from '../../../src/demo/rtp-faults';

/** The sequence numbers that leave when packets 1, 2, 3... go in, two for each picture. */
function leaving(faults: DemoFaults, packets = 12): number[] {
  const left: number[] = [];
  const peer = {
    sendRtp: (_codec: unknown, packet: { sequenceNumber: number }) => left.push(packet.sequenceNumber) > 0,
  };
  const line = new RtpFaults(peer, () => faults);
  for (let sequenceNumber = 1; sequenceNumber <= packets; sequenceNumber += 1) {
    const timestamp = Math.ceil(sequenceNumber / 2) * 3_000;
    const packet = { sequenceNumber, timestamp, marker: sequenceNumber % 2 === 0, payload: Buffer.alloc(1) };
    expect(line.sendRtp('vp8', packet)).toBe(true);
  }
  return left;
}

describe('RtpFaults', () => {
  it('changes nothing when healthy', () => {
    expect(leaving({}, 4)).toEqual([1, 2, 3, 4]);
  });

  it('loses the first pictures, all after some, and every so manieth packet', () => {
    expect(leaving({ dropFirstRtpFrames: 2 })).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(leaving({ stallRtpAfter: 2 })).toEqual([1, 2, 3, 4]);
    expect(leaving({ loseRtpEvery: 5 })).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11, 12]);
  });

  it('lets two packets overtake every so manieth one', () => {
    expect(leaving({ delayRtpEvery: 5 })).toEqual([1, 2, 3, 4, 6, 7, 5, 8, 9, 11, 12, 10]);
    expect(leaving({ delayRtpEvery: 1 }, 6)).toEqual([2, 3, 1, 5, 6, 4]);
  });
});

describe('timestampFault', () => {
  it('takes a tick from every third picture, as rounding does, beside an offset', () => {
    expect([0, 1, 2, 3].map((index) => timestampFault({ rtpTimestampJitter: true }, index))).toEqual([0, 0, -1, 0]);
    expect(timestampFault({ rtpTimestampOffset: 90, rtpTimestampJitter: true }, 5)).toBe(89);
  });
});
