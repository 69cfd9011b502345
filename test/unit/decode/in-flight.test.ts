import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../src/decode/in-flight';

function inFlight(outputs: number, ...submitted: number[]): InFlight {
  const list = new InFlight(outputs);
  for (const pts90k of submitted) list.submit(pts90k, pts90k * 10);
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
});
