import { describe, expect, it } from 'vitest';
import { StatsTotal } from '../../../src/client/stats-total';
import type { StatsEvent } from '../../../src/session/events';

function stats(count: number, reconnects = 0): StatsEvent {
  return {
    ...{
      kind: 'stats',
      source: null,
      framesSent: count,
      framesUnsent: count,
      framesReceived: count,
      framesDelivered: count,
    },
    ...{
      framesRead: count,
      framesSkipped: count,
      framesDropped: count,
      framesUndecodable: count,
      dataReceived: count,
      dataDropped: count,
    },
    ...{ messagesMalformed: count, paired: count, packetsLost: count, bytesSent: count, bytesReceived: count },
    ...{ reconnects, rollovers: 0, interval: null },
  };
}

describe('StatsTotal', () => {
  it('counts on in the next thread, whose coming is a reconnect', () => {
    const total = new StatsTotal();
    expect(total.add(stats(10))).toEqual(stats(10));
    expect(total.add(stats(15, 1))).toEqual(stats(15, 1));
    total.threadDied();
    expect(total.add(stats(2))).toEqual(stats(17, 2));
    total.threadDied();
    total.threadDied();
    expect(total.add(stats(1, 1))).toEqual(stats(18, 5));
  });
});
