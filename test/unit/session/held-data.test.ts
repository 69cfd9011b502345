import { describe, expect, it } from 'vitest';
import type { DataEvent } from '../../../src/session/events';
import { HeldData } from '../../../src/session/held-data';

function data(bytes: number): DataEvent {
  return {
    kind: 'data',
    outputs: { text: 'x'.repeat(bytes) },
    metadata: {
      ...{ frame_id: 1, received_at: null, pts: null, time_base: null, declared_fps: null, measured_fps: null },
      ...{ width: null, height: null, errors: [] },
    },
    timing: { capturedAt: null, sentAt: null, receivedAt: null, deliveredAt: null },
    skipped: 0,
  };
}

describe('HeldData', () => {
  it('takes the outputs of the oldest when there are too many bytes, and leaves the message as it was', () => {
    const held = new HeldData(10_000);
    const message = data(4_000);
    const [first, second, third] = [held.hold(message), held.hold(data(4_000)), held.hold(data(4_000))];
    expect([first, second, third].map(({ outputs }) => outputs === null)).toEqual([true, false, false]);
    expect(message.outputs).not.toBeNull();
    expect(held.hold(data(20_000)).outputs).toBeNull();
    expect(held.hold(data(9_000)).outputs).not.toBeNull();
    expect(third.outputs).toBeNull();
  });

  it('forgets what is too old to be waited for', () => {
    const held = new HeldData(Infinity);
    const first = held.hold(data(1));
    for (let count = 0; count < 1_024; count += 1) held.hold(data(1));
    expect(first.outputs).toBeNull();
  });
});
