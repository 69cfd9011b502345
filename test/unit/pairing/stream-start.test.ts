import { describe, expect, it } from 'vitest';
import { FramePairer } from '../../../src/pairing/frame-pairer';
import { StreamStart } from '../../../src/pairing/stream-start';

const start = (frames: number[], data: number[]): StreamStart => {
  const both = new StreamStart();
  both.expect();
  for (const ticks of frames) both.frame(ticks);
  for (const ticks of data) both.data(ticks);
  return both;
};

describe('StreamStart', () => {
  it('answers once three intervals agree within the tolerance', () => {
    expect(start([1_000, 4_000], [0, 3_000, 6_000]).offset(2)).toBeUndefined();
    expect(start([1_000, 3_999, 7_000], [0, 3_000, 6_000]).offset(2)).toBe(1_000);
  });

  it('refuses when the first intervals differ: a frame or a message is missing', () => {
    expect(start([1_000, 4_000, 7_020], [0, 3_000, 6_000]).offset(2)).toBeUndefined();
    expect(start([4_000, 7_000, 13_000], [0, 3_000, 6_000]).offset(2)).toBeUndefined();
  });

  it('answers nothing once it is told that first messages were missed, until it begins anew', () => {
    const both = start([1_000, 4_000, 7_000], [0, 3_000, 6_000]);
    both.refuse();
    expect(both.offset(2)).toBeUndefined();
    both.reset();
    both.expect();
    for (const ticks of [0, 3_000, 6_000]) both.frame(ticks);
    for (const ticks of [0, 3_000, 6_000]) both.data(ticks);
    expect(both.offset(2)).toBe(0);
  });

  it('answers nothing unless both are known to start together', () => {
    const unknown = new StreamStart();
    for (const ticks of [0, 3_000, 6_000]) {
      unknown.frame(ticks);
      unknown.data(ticks);
    }
    expect(unknown.offset(2)).toBeUndefined();
  });
});

describe('FramePairer with a common start', () => {
  it('pairs ten evenly spaced frames from the first to the last', () => {
    const { pairer, pairs } = collecting();
    pairer.startsTogether();
    for (let index = 0; index < 10; index += 1) {
      pairer.data(index * 3_000, index * 33, index);
      pairer.announce(500 + index * 3_000);
      pairer.frame(500 + index * 3_000, index * 33 + 60, index);
    }
    expect(pairs).toEqual(Array.from({ length: 10 }, (_, index) => [index, index]));
  });

  it('keeps to it when evenly spaced frames arrive as if the constant were another', () => {
    const { pairer, pairs } = collecting();
    pairer.startsTogether();
    // A file that the server works through faster than its frames are apart; pictures come more and more behind.
    for (let step = 0; step < 240; step += 1) {
      pairer.data(step * 3_000, step * 10, step);
      for (const picture of step % 20 === 0 ? [] : [step - Math.floor(step / 20) - 1]) {
        pairer.announce(500 + picture * 3_000);
        pairer.frame(500 + picture * 3_000, step * 10 + 2, picture);
      }
    }
    expect(pairs.length).toBeGreaterThan(220);
    expect(pairs.filter(([frame, data]) => frame !== data)).toEqual([]);
  });

  it('counts from the first picture that arrived, whichever leaves the decoder first', () => {
    const { pairer, pairs } = collecting();
    pairer.startsTogether();
    const frames = Array.from({ length: 60 }, (_, index) => index);
    for (const index of frames) pairer.announce(500 + index * 3_000);
    for (const index of frames) pairer.data(index * 3_000, index, index);
    // The last ones were too many for the decoder, which says so before it gives the first ones back.
    for (const index of [...frames.slice(40), ...frames.slice(0, 40)]) pairer.frame(500 + index * 3_000, 100, index);
    pairer.flush();
    expect(pairs).toHaveLength(60);
    expect(pairs.filter(([frame, data]) => data !== null && data !== frame)).toEqual([]);
  });
});

function collecting() {
  const pairs: [number, number | null][] = [];
  const pairer = new FramePairer<number, number>({
    maxWaitMs: 1_000,
    maxPending: 100,
    onPair: (frame, data) => pairs.push([frame, data]),
  });
  return { pairer, pairs };
}
