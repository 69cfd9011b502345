import { PerformanceObserver, constants } from 'node:perf_hooks';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PictureGarbage, youngCollection } from '../../../src/client/picture-garbage';

const MB = 1024 * 1024;
let now = 0;
const clock = { monotonicMs: () => now };

describe('the garbage of pictures', () => {
  it('is collected with every four megabytes, by what is looked for once, when it is needed', () => {
    let [looks, collections] = [0, 0];
    const garbage = new PictureGarbage(clock, () => {
      looks += 1;
      return () => (collections += 1);
    });
    garbage.comes(3 * MB);
    expect([looks, collections]).toEqual([0, 0]);
    for (let picture = 0; picture < 5; picture += 1) garbage.comes(2 * MB);
    expect([looks, collections]).toEqual([1, 3]);
  });

  it('is left to V8 for a while, longer each time, where pictures are held so that everything is collected anyway', () => {
    let collections = 0;
    let large: () => void = () => undefined;
    const garbage = new PictureGarbage(clock, (onLarge) => {
      large = onLarge;
      return () => (collections += 1);
    });
    const collectsOf = (pictures: number): number => {
      const before = collections;
      for (let picture = 0; picture < pictures; picture += 1) garbage.comes(4 * MB);
      return collections - before;
    };
    expect(collectsOf(5)).toBe(5);
    large();
    expect(collectsOf(5)).toBe(0);
    now += 1_000;
    // The one that the pause itself has brought, then one too soon.
    expect(collectsOf(1)).toBe(1);
    large();
    expect(collectsOf(5)).toBe(5);
    large();
    now += 1_900;
    expect(collectsOf(5)).toBe(0);
    now += 100;
    expect(collectsOf(320)).toBe(320);
    // Now and then one of the flows' own.
    large();
    expect(collectsOf(1)).toBe(1);
    large();
    now += 1_000;
    expect(collectsOf(1)).toBe(1);
  });

  it('is left to V8 where nothing is found that collects', () => {
    let looks = 0;
    const garbage = new PictureGarbage(clock, () => void (looks += 1));
    garbage.comes(4 * MB);
    garbage.comes(4 * MB);
    expect(looks).toBe(1);
  });
});

describe('the collection of this Node.js', () => {
  it('is one of the young generation, and of nobody else', async () => {
    const collect = youngCollection(() => undefined);
    const told = new Promise((resolve) => {
      const observer = new PerformanceObserver((list) => {
        observer.disconnect();
        resolve(list.getEntries().at(-1));
      });
      observer.observe({ entryTypes: ['gc'] });
    });
    collect?.();
    expect(await told).toMatchObject({ detail: { kind: constants.NODE_PERFORMANCE_GC_MINOR } });
    expect(runInNewContext('typeof gc')).toBe('undefined');
  });
});
