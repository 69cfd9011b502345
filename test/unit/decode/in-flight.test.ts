import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../src/decode/in-flight';

function inFlight(outputs: number, ...submitted: number[]): InFlight {
  const list = new InFlight();
  for (const pts90k of submitted) list.submit(pts90k, 2 ** outputs - 1, pts90k * 10);
  return list;
}

describe('InFlight', () => {
  it('forgets a picture once every output has given it', () => {
    const list = inFlight(2, 1, 2);
    expect([list.deliver(0, 1), list.count, list.deliver(1, 1), list.count]).toEqual([[], 2, [], 1]);
    expect(list.oldestMs).toBe(20);
  });

  it('tells what was overtaken, once, whichever output overtakes', () => {
    const list = inFlight(2, 1, 2, 3);
    expect(list.deliver(1, 3)).toEqual([1, 2]);
    expect(list.deliver(0, 3)).toEqual([]);
    expect(list.count).toBe(0);
  });

  it('does not tell a picture that one output gave and another left out', () => {
    const list = inFlight(2, 1, 2);
    list.deliver(0, 1);
    expect(list.deliver(1, 2)).toEqual([]);
    expect(list.abandon()).toEqual([]);
  });

  it('goes by timestamps, not by the order of submission', () => {
    const list = inFlight(1, 0, 3, 1, 2);
    expect([0, 1, 2, 3].flatMap((pts90k) => list.deliver(0, pts90k))).toEqual([]);
    expect(list.count).toBe(0);
  });

  it('ignores a picture that nobody submitted, but for what it overtakes', () => {
    expect(inFlight(1, 1, 5).deliver(0, 3)).toEqual([1]);
  });

  it('tells the rest at the end, once', () => {
    const list = inFlight(1, 1, 2);
    expect([list.abandon(), list.abandon(), list.oldestMs]).toEqual([[1, 2], [], undefined]);
  });

  it('waits for the outputs that are to give a picture, and no others', () => {
    const list = new InFlight();
    list.submit(1, 0b100, 10);
    list.submit(2, 0b001, 20);
    list.submit(3, 0b100, 30);
    expect([list.deliver(2, 3), list.count]).toEqual([[1], 1]);
    expect([list.deliver(0, 2), list.count]).toEqual([[], 0]);
  });

  it('tells a picture of an output that is seconds behind another', () => {
    const list = new InFlight();
    list.submit(1, 0b01, 1_000);
    list.submit(2, 0b10, 3_000);
    list.submit(3, 0b10, 3_001);
    expect([list.deliver(1, 2), list.deliver(1, 3)]).toEqual([[], [1]]);
  });
});
