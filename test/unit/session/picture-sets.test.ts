import { describe, expect, it } from 'vitest';
import type { Picture, PictureFormat } from '../../../src/media/video';
import { PictureSets } from '../../../src/session/picture-sets';
import type { PictureSet } from '../../../src/session/picture-sets';

const picture = (format: PictureFormat, pts90k: number): Picture => ({
  format,
  data: Buffer.alloc(1),
  width: 1,
  height: 1,
  pts90k,
});

describe('PictureSets', () => {
  it('waits for every format of a frame', () => {
    const sets: PictureSet[] = [];
    const gathered = new PictureSets(['jpeg', 'bgr24'], (set) => sets.push(set));
    gathered.add(picture('jpeg', 1));
    gathered.add(picture('jpeg', 2));
    expect(sets).toHaveLength(0);
    gathered.add(picture('bgr24', 1));
    expect(sets.map(({ pts90k, pictures }) => [pts90k, pictures.length])).toEqual([[1, 2]]);
  });

  it('hands out what it has when a format never comes', () => {
    const sets: PictureSet[] = [];
    const gathered = new PictureSets(['jpeg', 'bgr24'], (set) => sets.push(set));
    for (let pts90k = 0; pts90k < 20; pts90k += 1) gathered.add(picture('jpeg', pts90k));
    expect(sets.map(({ pts90k }) => pts90k)).toEqual([0, 1, 2, 3]);
  });
});
