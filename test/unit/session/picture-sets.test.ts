import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../src/media/video';
import { PictureSets } from '../../../src/session/picture-sets';
import type { PictureSet } from '../../../src/session/picture-sets';

const picture = (pts90k: number): Picture => ({ format: 'jpeg', data: Buffer.alloc(1), width: 1, height: 1, pts90k });

function gather(): { sets: PictureSet[]; gathered: PictureSets } {
  const sets: PictureSet[] = [];
  return { sets, gathered: new PictureSets((set) => sets.push(set)) };
}

describe('PictureSets', () => {
  it('waits for every picture that is wanted of a frame, and for no other', () => {
    const { sets, gathered } = gather();
    gathered.expect(1, { wanted: 0b101, skipped: [0, 0, 7] });
    gathered.expect(2, { wanted: 0b010, skipped: [0, 3, 0] });
    gathered.add(0, picture(1));
    expect(sets).toHaveLength(0);
    gathered.add(1, picture(2));
    gathered.add(2, picture(1));
    expect(
      sets.map(({ pts90k, pictures }) => [pts90k, pictures.map(({ index, skipped }) => [index, skipped])]),
    ).toEqual([
      [2, [[1, 3]]],
      [1, [[0, 0], [2, 7]]], // prettier-ignore
    ]);
  });

  it('tells frames of which nothing was wanted from those that are lost', () => {
    const { sets, gathered } = gather();
    gathered.expect(1, { wanted: 0, skipped: [0] });
    gathered.expect(2, { wanted: 1, skipped: [1] });
    gathered.skip(1);
    expect(gathered.lose(2)).toBe(1);
    expect(sets.map(({ outcome }) => outcome)).toEqual(['skipped', 'lost']);
  });

  it('hands out what it has when a picture never comes', () => {
    const { sets, gathered } = gather();
    for (let pts90k = 0; pts90k < 20; pts90k += 1) {
      gathered.expect(pts90k, { wanted: 0b11, skipped: [0, 0] });
      gathered.add(0, picture(pts90k));
    }
    expect(sets.map(({ pts90k }) => pts90k)).toEqual([0, 1, 2, 3]);
  });
});
