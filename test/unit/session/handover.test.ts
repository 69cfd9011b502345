import { describe, expect, it } from 'vitest';
import type { DataEvent, FrameEvent } from '../../../src/session/events';
import { Handover } from '../../../src/session/handover';

const metadata = {
  ...{ frame_id: 1, received_at: '', pts: null, time_base: null, declared_fps: null, measured_fps: null },
  ...{ width: null, height: null, errors: [] },
};
const timing = { capturedAt: null, sentAt: null, receivedAt: null, deliveredAt: null };

/** Results are named by their session and frame: `old 3`, `new 4`. */
function data(name: string): DataEvent {
  return { kind: 'data', outputs: { name }, metadata, timing, skipped: 0 };
}
function frame(name: string, format: 'jpeg' | 'gray8' = 'jpeg'): FrameEvent {
  const picture = { picture: format, format, data: new Uint8Array(), width: 1, height: 1, skipped: 0 } as const;
  const source = { width: 1, height: 1 };
  return { kind: 'frame', ...picture, source, metadata, outputs: { name }, timing };
}

function begin(over: { pictures?: boolean; comparable?: boolean } = {}) {
  const told: unknown[] = [];
  const handover = new Handover({
    ...{ pictures: false, comparable: true, ...over },
    deliver: {
      data: ({ outputs }) => told.push(outputs?.['name']),
      frame: ({ outputs, format }) => told.push(`${format} ${String(outputs?.['name'])}`),
    },
    onBegun: () => told.push('begun'),
    onDone: () => told.push('done'),
  });
  return {
    told,
    handover,
    old: (order: number | null) => handover.old('data', data(`old ${order}`), order),
    fresh: (order: number | null) => handover.fresh('data', data(`new ${order}`), order),
  };
}

describe('a handover of data', () => {
  it('changes when the new session has come to a frame that the old one has delivered, and loses none', () => {
    const { told, old, fresh } = begin();
    for (const order of [1, 2, 3]) old(order);
    fresh(3);
    expect(old(4)).toBe(false);
    fresh(4);
    expect(told).toEqual(['old 1', 'old 2', 'old 3', 'begun', 'done', 'new 4']);
  });

  it('of a new session that is ahead waits until the old one has caught up', () => {
    const { told, old, fresh } = begin();
    old(1);
    fresh(3);
    fresh(4);
    old(2);
    old(3);
    fresh(5);
    expect(told).toEqual(['old 1', 'old 2', 'old 3', 'begun', 'new 4', 'new 5', 'done']);
  });

  it('does not count on results whose frame is not known', () => {
    const { told, old, fresh } = begin();
    old(null);
    old(5);
    fresh(null);
    fresh(5);
    fresh(null);
    fresh(6);
    expect(told).toEqual(['old null', 'old 5', 'begun', 'done', 'new null', 'new 6']);
  });

  it('drops what the old session has delivered already', () => {
    const { told, old, fresh } = begin();
    old(9);
    for (const order of [7, 8, 9, 10]) fresh(order);
    expect(told).toEqual(['old 9', 'begun', 'done', 'new 10']);
  });

  it('changes at once where frames cannot be compared, and when it is forced', () => {
    const pulled = begin({ comparable: false });
    pulled.old(null);
    pulled.fresh(null);
    expect(pulled.told).toEqual(['old null', 'begun', 'new null', 'done']);
    const forced = begin();
    forced.old(1);
    forced.fresh(4);
    forced.handover.force();
    forced.handover.force();
    forced.fresh(5);
    expect(forced.told).toEqual(['old 1', 'begun', 'new 4', 'done', 'new 5']);
  });

  it('that is forced leaves out what cannot be told from what has been seen, but not for ever', () => {
    const { told, handover, old, fresh } = begin();
    old(50);
    handover.force();
    for (let count = 0; count < 3; count += 1) fresh(null);
    fresh(51);
    fresh(null);
    expect(told).toEqual(['old 50', 'begun', 'done', 'new 51', 'new null']);
    const blind = begin();
    blind.old(50);
    blind.handover.force();
    for (let count = 0; count < 26; count += 1) blind.fresh(null);
    expect(blind.told).toEqual(['old 50', 'begun', 'done', 'new null', 'new null']);
  });

  it('does not wait with more than it can hold', () => {
    const { told, old, fresh } = begin();
    old(1);
    for (let order = 10; order < 60; order += 1) fresh(order);
    expect(told.slice(0, 4)).toEqual(['old 1', 'begun', 'new 10', 'new 11']);
    expect(told).toHaveLength(3 + 50);
  });
});

describe('a handover of data and pictures', () => {
  it('is done when both have changed, each at its own frame', () => {
    const { told, handover, old, fresh } = begin({ pictures: true });
    old(1);
    handover.old('frame', frame('old 1'), 1);
    old(2);
    fresh(2);
    fresh(3);
    handover.old('frame', frame('old 2'), 2);
    handover.fresh('frame', frame('new 2'), 2);
    handover.fresh('frame', frame('new 3'), 3);
    expect(told).toEqual(['old 1', 'jpeg old 1', 'old 2', 'begun', 'new 3', 'jpeg old 2', 'done', 'jpeg new 3']);
  });

  it('keeps all formats of a picture together', () => {
    const { told, handover, old, fresh } = begin({ pictures: true });
    old(1);
    fresh(1);
    const give = (side: 'old' | 'fresh', name: string, order: number) => {
      for (const format of ['jpeg', 'gray8'] as const) handover[side]('frame', frame(name, format), order);
    };
    give('old', 'old 1', 1);
    give('fresh', 'new 2', 2);
    give('old', 'old 2', 2);
    give('fresh', 'new 3', 3);
    const pictures = told.filter((entry) => String(entry).includes(' ') && !/^(old|new)/.test(String(entry)));
    expect(pictures).toEqual(['jpeg old 1', 'gray8 old 1', 'jpeg old 2', 'gray8 old 2', 'jpeg new 3', 'gray8 new 3']);
  });
});
