/** Synthetic yuv420p pictures for tests. */
import type { Picture } from '../../../src/media/video';

/** A picture whose bytes tests may write. */
export type TestPicture = Picture;

/** An even picture of grey level `level`. */
export function grey(width: number, height: number, level: number): TestPicture {
  const chroma = ((width + 1) >> 1) * ((height + 1) >> 1);
  const data = Buffer.alloc(width * height + 2 * chroma, 128);
  data.fill(level, 0, width * height);
  return { format: 'yuv420p', data, width, height, pts90k: 0 };
}

/** Fills a rectangle of the luma plane, as far as it lies inside. */
export function paint(
  picture: TestPicture,
  area: { left: number; top: number; width: number; height: number },
  level: number,
): void {
  const right = Math.min(picture.width, area.left + area.width);
  for (let row = area.top; row < Math.min(picture.height, area.top + area.height); row += 1) {
    if (area.left < right) picture.data.fill(level, row * picture.width + area.left, row * picture.width + right);
  }
}
