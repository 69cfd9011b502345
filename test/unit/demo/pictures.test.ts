import { describe, expect, it } from 'vitest';
import { BOX_COLOUR, drawBoxes } from '../../../src/demo/box-drawer';
import { cropPicture } from '../../../src/demo/picture-crop';
import { ellipseRows, close, open, type Mask } from '../../../src/demo/morphology';
import { findBlobs, joinBlobs } from '../../../src/demo/blobs';
import { grey, paint } from './grey-picture';

function maskOf(rows: string[]): Mask {
  const cells = Uint8Array.from(rows.join(''), (cell) => (cell === '#' ? 1 : 0));
  return { width: rows[0]?.length ?? 0, height: rows.length, cells };
}

function rowsOf({ width, cells }: Mask): string[] {
  const text = Array.from(cells, (cell) => (cell === 1 ? '#' : '.')).join('');
  return text.match(new RegExp(`.{${width}}`, 'g')) ?? [];
}

describe('drawBoxes', () => {
  it('draws the outline into all three planes and leaves the input and the inside alone', () => {
    const picture = grey(16, 16, 50);
    const before = Buffer.from(picture.data);
    const { data } = drawBoxes(picture, [{ left: 4, top: 4, width: 8, height: 8 }], 2);
    expect(picture.data.equals(before)).toBe(true);
    expect(data[4 * 16 + 4]).toBe(BOX_COLOUR.y);
    expect(data[11 * 16 + 11]).toBe(BOX_COLOUR.y);
    expect(data[8 * 16 + 8]).toBe(50);
    expect(data[3 * 16 + 8]).toBe(50);
    expect(data[256 + 2 * 8 + 2]).toBe(BOX_COLOUR.u);
    expect(data[256 + 64 + 2 * 8 + 2]).toBe(BOX_COLOUR.v);
  });

  it('cuts off what lies outside of the picture', () => {
    const picture = grey(9, 7, 50);
    const boxes = [
      { left: -5, top: -5, width: 100, height: 100 },
      { left: 50, top: 50, width: 10, height: 10 },
    ];
    const { data } = drawBoxes(picture, boxes, 3);
    expect(data.length).toBe(picture.data.length);
  });
});

describe('cropPicture', () => {
  it('cuts all planes at the same place', () => {
    const picture = grey(64, 64, 10);
    paint(picture, { left: 20, top: 10, width: 8, height: 8 }, 200);
    picture.data.fill(77, 64 * 64 + 5 * 32 + 10, 64 * 64 + 5 * 32 + 14);
    const cut = cropPicture(picture, { xCenter: 24, yCenter: 14, width: 8, height: 8 });
    expect(cut).toMatchObject({ left: 20, top: 10, picture: { width: 8, height: 8 } });
    expect(cut?.picture.data.length).toBe(96);
    expect(cut?.picture.data.subarray(0, 64).every((luma) => luma === 200)).toBe(true);
    expect([...(cut?.picture.data.subarray(64, 68) ?? [])]).toEqual([77, 77, 77, 77]);
  });

  it('gives an 80x80 picture for an 80x80 cut', () => {
    const cut = cropPicture(grey(640, 480, 0), { xCenter: 320, yCenter: 240, width: 80, height: 80 });
    expect(cut?.picture).toMatchObject({ width: 80, height: 80 });
    expect(cut?.picture.data.length).toBe(9600);
  });

  it('stays inside the picture and gives nothing outside of it', () => {
    const picture = grey(33, 21, 0);
    const cut = cropPicture(picture, { xCenter: 32, yCenter: 20, width: 10, height: 10 });
    expect(cut?.picture).toMatchObject({ width: 7, height: 7 });
    expect(cut?.picture.data.length).toBe(49 + 2 * 16);
    expect(cropPicture(picture, { xCenter: 100, yCenter: 5, width: 10, height: 10 })).toBeUndefined();
  });

  it.each([2 ** 31, 2 ** 32 - 10, 1e300])('gives nothing at %d, far outside of every picture', (far) => {
    const picture = grey(32, 32, 0);
    expect(cropPicture(picture, { xCenter: far, yCenter: 8, width: 8, height: 8 })).toBeUndefined();
    expect(cropPicture(picture, { xCenter: 8, yCenter: far, width: 8, height: 8 })).toBeUndefined();
  });
});

describe('morphology', () => {
  it('makes kernels that are round', () => {
    expect(ellipseRows(3)).toEqual([0, 1, 0]);
    expect(ellipseRows(5)).toEqual([0, 2, 2, 2, 0]);
  });

  it('removes specks and keeps what the kernel fits into', () => {
    const mask = maskOf(['#.......', '...####.', '...####.', '...####.', '........', '#######.']);
    open(mask, ellipseRows(3), new Uint8Array(mask.cells.length));
    expect(rowsOf(mask)).toEqual(['........', '....##..', '...####.', '....##..', '........', '........']);
  });

  it('bridges gaps of the size of the kernel', () => {
    const mask = maskOf(['...........', '.####.####.', '.####.####.', '.####.####.', '...........']);
    close(mask, ellipseRows(3), new Uint8Array(mask.cells.length));
    expect(findBlobs(mask, new Uint8Array(mask.cells.length))).toHaveLength(1);
  });
});

describe('findBlobs', () => {
  it('finds areas that touch at corners as one and tells how much of them changed', () => {
    const mask = maskOf(['##...', '..#..', '....#']);
    const changes = maskOf(['#....', '.....', '....#']).cells;
    expect(findBlobs(mask, changes)).toEqual([
      { left: 0, top: 0, right: 3, bottom: 2, area: 3, changed: 1 },
      { left: 4, top: 2, right: 5, bottom: 3, area: 1, changed: 1 },
    ]);
  });

  it('joins boxes that overlap, also through a third one', () => {
    const blob = (left: number, right: number) => ({ left, right, top: 0, bottom: 4, area: 4, changed: 0 });
    expect(joinBlobs([blob(0, 5), blob(8, 12), blob(20, 22), blob(4, 9)])).toEqual([
      { ...blob(20, 22) },
      { left: 0, right: 12, top: 0, bottom: 4, area: 12, changed: 0 },
    ]);
  });
});
