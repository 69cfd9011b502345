import { describe, expect, it } from 'vitest';
import { FrameGate } from '../../../src/client/frame-gate';
import type { ManualFrame } from '../../../src/source/manual-frame';

const frame = (capturedAtMs: number): ManualFrame => ({ data: Buffer.alloc(1), format: 'jpeg', capturedAtMs });

describe('the gate in front of a session thread', () => {
  it('lets ten through, keeps the newest ten of the rest, and counts what it drops', () => {
    const delivered: (number | undefined)[] = [];
    const gate = new FrameGate(({ capturedAtMs }) => delivered.push(capturedAtMs));
    for (let time = 1; time <= 23; time += 1) gate.push(frame(time));
    expect(delivered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(gate.skipped).toBe(3);
    gate.taken();
    expect(delivered.at(-1)).toBe(14);
  });

  it('gives a new thread what waits, and counts what the dead one had', () => {
    const delivered: (number | undefined)[] = [];
    const gate = new FrameGate(({ capturedAtMs }) => delivered.push(capturedAtMs));
    for (let time = 1; time <= 12; time += 1) gate.push(frame(time));
    gate.taken();
    gate.reopened();
    expect(delivered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(gate.skipped).toBe(10);
  });
});
