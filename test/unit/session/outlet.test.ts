import { describe, expect, it } from 'vitest';
import { Outlet } from '../../../src/session/outlet';

function outlet(maxInFlight: number, maxWaiting: number): { delivered: number[]; gate: Outlet<number> } {
  const delivered: number[] = [];
  const sizes = { maxBytes: 1_000, bytesOf: (item: number) => item };
  const deliver = (item: number): unknown => delivered.push(item);
  return { delivered, gate: new Outlet<number>({ maxInFlight, maxWaiting, ...sizes, deliver }) };
}

describe('Outlet', () => {
  it('hands items over at once while the receiver keeps up', () => {
    const { delivered, gate } = outlet(2, 1);
    for (const item of [1, 2, 3, 4]) {
      gate.push(item);
      gate.grant();
    }
    expect(delivered).toEqual([1, 2, 3, 4]);
    expect(gate.dropped).toBe(0);
  });

  it('keeps only the newest while the receiver is slow, and counts the rest', () => {
    const { delivered, gate } = outlet(2, 1);
    for (const item of [1, 2, 3, 4, 5]) gate.push(item);
    expect(delivered).toEqual([1, 2]);
    expect(gate.dropped).toBe(2);
    gate.grant();
    expect(delivered).toEqual([1, 2, 5]);
  });

  it('replaces an item by a newer one of its kind, and leaves the rare ones of other kinds alone', () => {
    const delivered: string[] = [];
    const gate = new Outlet<string>({
      ...{ maxInFlight: 1, maxWaiting: 2, maxBytes: 1_000, bytesOf: () => 1 },
      kindOf: (item) => item.slice(0, 1),
      deliver: (item) => delivered.push(item),
    });
    for (const item of ['a1', 'b1', 'a2', 'a3', 'a4']) gate.push(item);
    gate.grant();
    gate.grant();
    expect(delivered).toEqual(['a1', 'b1', 'a4']);
    expect(gate.dropped).toBe(2);
  });

  it('tells with the next of a kind how many of it were dropped before, once', () => {
    const delivered: string[] = [];
    const gate = new Outlet<string>({
      ...{ maxInFlight: 1, maxWaiting: 2, maxBytes: 1_000, bytesOf: () => 1 },
      kindOf: (item) => item.slice(0, 1),
      deliver: (item, left) => delivered.push(`${item} after ${left}`),
    });
    for (const item of ['a1', 'b1', 'a2', 'a3', 'a4']) gate.push(item);
    for (let grants = 0; grants < 3; grants += 1) gate.grant();
    gate.push('a5');
    gate.letOut();
    expect(delivered).toEqual(['a1 after 0', 'b1 after 0', 'a4 after 2', 'a5 after 0']);
  });

  it('loses nothing within its limit and keeps the order', () => {
    const { delivered, gate } = outlet(1, 10);
    for (const item of [1, 2, 3, 4]) gate.push(item);
    gate.grant();
    gate.grant(2);
    expect(delivered).toEqual([1, 2, 3]);
    gate.grant();
    expect(delivered).toEqual([1, 2, 3, 4]);
    expect(gate.dropped).toBe(0);
  });

  it('is not opened wider by grants that nobody asked for', () => {
    const { delivered, gate } = outlet(1, 1);
    gate.grant(5);
    gate.push(1);
    gate.push(2);
    expect(delivered).toEqual([1]);
  });

  it('lets everything out at the end, in order, without a receiver that is ready', () => {
    const { delivered, gate } = outlet(1, 10);
    for (const item of [1, 2, 3]) gate.push(item);
    gate.letOut();
    expect(delivered).toEqual([1, 2, 3]);
    gate.grant();
    expect(delivered).toEqual([1, 2, 3]);
  });

  it('limits the bytes that are on their way and those that wait, whatever their number', () => {
    const { delivered, gate } = outlet(10, 10);
    for (const bytes of [400, 700, 300, 600, 200]) gate.push(bytes);
    expect(delivered).toEqual([400, 700]);
    expect(gate.dropped).toBe(1);
    gate.grant(2);
    expect(delivered).toEqual([400, 700, 600, 200]);
  });

  it('never drops the newest, however large', () => {
    const { delivered, gate } = outlet(1, 10);
    for (const bytes of [1, 2, 5_000]) gate.push(bytes);
    gate.grant();
    expect(delivered).toEqual([1, 5_000]);
    gate.push(3);
    gate.grant();
    expect(delivered).toEqual([1, 5_000, 3]);
  });
});
