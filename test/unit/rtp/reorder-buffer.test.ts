import { describe, expect, it } from 'vitest';
import { ReorderBuffer } from '../../../src/rtp/reorder-buffer';
import type { ReorderedRun } from '../../../src/rtp/reorder-buffer';
import { seededRandom } from '../channel/random';
import { packet } from './packets';

/** Runs as text: sequence numbers, the gap before them in brackets. */
const text = (runs: ReorderedRun[]) =>
  runs
    .map(({ lost, packets }) =>
      [...(lost > 0 ? [`(${lost})`] : []), ...packets.map((it) => it.sequenceNumber)].join(' '),
    )
    .join(' ');
/** Pushes all at once; returns everything released. */
const pushAll = (buffer: ReorderBuffer, numbers: number[], nowMs = 0) =>
  text(numbers.flatMap((number) => buffer.push(packet(number), nowMs)));

describe('ReorderBuffer', () => {
  it.each([
    ['in order', [1, 2, 3], '1 2 3'],
    ['swapped', [1, 3, 2, 4], '1 2 3 4'],
    ['across the wrap', [65_534, 65_535, 0, 1], '65534 65535 0 1'],
    ['swapped across the wrap', [65_534, 0, 65_535, 1], '65534 65535 0 1'],
    ['reversed after the first', [1, 5, 4, 3, 2], '1 2 3 4 5'],
    ['beginning with zero', [0, 1], '0 1'],
  ])('releases packets that come %s', (_name, arrivals, released) => {
    const buffer = new ReorderBuffer();
    expect(pushAll(buffer, arrivals)).toBe(released);
    expect(buffer.nextDeadlineMs).toBeUndefined();
    expect(buffer.lost).toBe(0);
  });

  it('waits for a missing packet until the deadline and not longer', () => {
    const buffer = new ReorderBuffer({ reorderMs: 100 });
    pushAll(buffer, [1], 0);
    expect(pushAll(buffer, [3], 1000)).toBe('');
    expect(pushAll(buffer, [4], 1050)).toBe('');
    expect(buffer.nextDeadlineMs).toBe(1100);
    expect(text(buffer.expire(1099))).toBe('');
    expect(text(buffer.expire(1100))).toBe('(1) 3 4');
    expect(buffer.lost).toBe(1);
    expect(buffer.nextDeadlineMs).toBeUndefined();
  });

  it('gives up when the next packet comes after the deadline, without a timer', () => {
    const buffer = new ReorderBuffer({ reorderMs: 100 });
    pushAll(buffer, [1, 5], 0);
    expect(pushAll(buffer, [6], 200)).toBe('(3) 5 6');
  });

  it('gives each gap its own time', () => {
    const buffer = new ReorderBuffer({ reorderMs: 100 });
    pushAll(buffer, [1], 0);
    pushAll(buffer, [3], 10);
    pushAll(buffer, [5], 60);
    expect(text(buffer.expire(110))).toBe('(1) 3');
    expect(buffer.nextDeadlineMs).toBe(160);
    expect(text(buffer.expire(160))).toBe('(1) 5');
  });

  it('gives up two gaps at once when the packet behind both is overdue', () => {
    const buffer = new ReorderBuffer({ reorderMs: 100 });
    pushAll(buffer, [1], 0);
    pushAll(buffer, [7], 10);
    pushAll(buffer, [4], 60);
    expect(text(buffer.expire(110))).toBe('(2) 4 (2) 7');
    expect(buffer.lost).toBe(4);
  });

  it('drops and counts duplicates of released and of waiting packets', () => {
    const buffer = new ReorderBuffer();
    expect(pushAll(buffer, [1, 2, 2, 1, 4, 4, 3, 4])).toBe('1 2 3 4');
    expect(buffer.duplicates).toBe(4);
    expect(buffer.late).toBe(0);
  });

  it('drops and counts a packet that comes after it was given up', () => {
    const buffer = new ReorderBuffer({ reorderMs: 100 });
    pushAll(buffer, [1, 3], 0);
    buffer.expire(100);
    expect(pushAll(buffer, [2, 4], 101)).toBe('4');
    expect(buffer).toMatchObject({ late: 1, duplicates: 0, lost: 1 });
  });

  it('holds no more packets than it may', () => {
    const buffer = new ReorderBuffer({ maxPackets: 4 });
    expect(pushAll(buffer, [1, 3, 4, 5, 6])).toBe('1');
    expect(pushAll(buffer, [7])).toBe('(1) 3 4 5 6 7');
  });

  it('drops a single stray packet from far away', () => {
    const buffer = new ReorderBuffer();
    expect(pushAll(buffer, [1, 2, 40_000, 3, 30_000, 50_000, 4])).toBe('1 2 3 4');
    expect(buffer).toMatchObject({ late: 3, lost: 0 });
  });

  it.each([
    ['ahead', 40_000],
    ['behind', 60_000],
  ])('follows a sender that starts over far %s', (_name, start) => {
    const buffer = new ReorderBuffer();
    expect(pushAll(buffer, [1, 2, start, start + 1, start + 2])).toBe(`1 2 (1) ${start} ${start + 1} ${start + 2}`);
  });

  it('forgets what it waited for when the sender starts over', () => {
    const buffer = new ReorderBuffer();
    expect(pushAll(buffer, [1, 3, 4, 40_000, 40_001, 2, 40_002])).toBe('1 (3) 40000 40001 40002');
    expect(buffer.nextDeadlineMs).toBeUndefined();
  });

  it('survives the loss of more packets than it can hold', () => {
    const buffer = new ReorderBuffer({ reorderMs: 100 });
    pushAll(buffer, [1], 0);
    expect(pushAll(buffer, [2000, 2001], 10)).toBe('');
    expect(text(buffer.expire(110))).toBe('(1998) 2000 2001');
  });

  it('releases every packet once and in order, whatever the network does', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = seededRandom(seed);
      const buffer = new ReorderBuffer({ reorderMs: 50 });
      const arrivals = Array.from({ length: 3000 }, (_, index) => ({ index, atMs: index + random() * 40 }))
        .filter(() => random() > 0.02)
        .flatMap((arrival) => (random() < 0.02 ? [arrival, { ...arrival, atMs: arrival.atMs + 5 }] : [arrival]))
        .sort((a, b) => a.atMs - b.atMs);
      const first = arrivals[0]?.index ?? 0;
      const released: number[] = [];
      let lost = 0;
      for (const { index, atMs } of [...arrivals, { index: 3000, atMs: 3100 }]) {
        for (const run of buffer.push(packet((index + 65_000) & 0xffff), atMs)) {
          lost += run.lost;
          released.push(...run.packets.map((it) => (it.sequenceNumber - 65_000 + 65_536) % 65_536));
        }
      }
      const distinct = [...new Set(arrivals.map(({ index }) => index))].filter((index) => index >= first);
      expect(released).toEqual([...distinct.sort((a, b) => a - b), 3000]);
      expect(lost).toBe(3001 - first - released.length);
      expect(buffer.lost).toBe(lost);
      expect(buffer.duplicates).toBeGreaterThan(20);
    }
  });
});
