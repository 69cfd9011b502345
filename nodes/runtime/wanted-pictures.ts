/** Which pictures the `on-frame` nodes of a stream need, and when: pure, from what each wants to a session's options. */
import type { PictureFit, PictureFormat, PictureOptions, PicturePace } from '../../src/index';

/** What one node wants. */
export interface PictureWants {
  format: PictureFormat;
  /** 2 (best) to 31, for JPEG. */
  jpegQuality?: number;
  fit?: PictureFit | undefined;
  /** Default: every frame. */
  pace?: PicturePace;
}

/** The picture of the editor's preview: small, and made only while somebody looks. */
export const PREVIEW: PictureOptions = {
  ...{ id: 'preview', format: 'jpeg', jpegQuality: 7, paces: [] },
  fit: { width: 480, height: 360 },
};

/** Nodes that want the same share it. */
export function pictureId({ format, fit }: PictureWants): string {
  return fit === undefined ? format : `${format} ${fit.width}x${fit.height}`;
}

/** One for each format and size, in an order of its own; JPEGs in the best quality that any node asks for. */
export function wantedPictures(wants: readonly PictureWants[]): PictureOptions[] {
  const ids = [...new Set(wants.map(pictureId))].sort();
  return ids.flatMap((id): PictureOptions[] => {
    const sharing = wants.filter((each) => pictureId(each) === id);
    const [first] = sharing;
    if (first === undefined) return [];
    const { format, fit } = first;
    const qualities = sharing.flatMap(({ jpegQuality }) => (jpegQuality === undefined ? [] : [jpegQuality]));
    const best = format === 'jpeg' && qualities.length > 0 ? { jpegQuality: Math.min(...qualities) } : {};
    return [{ id, format, ...(fit === undefined ? {} : { fit }), ...best, paces: pacesOf(sharing) }];
  });
}

/** True when a running decoder can go on. */
export function samePictures(now: readonly PictureOptions[], next: readonly PictureOptions[]): boolean {
  const withoutPaces = (pictures: readonly PictureOptions[]): string =>
    JSON.stringify(pictures.map((picture) => ({ ...picture, paces: [] })));
  return withoutPaces(now) === withoutPaces(next);
}

/** The simplest list that says the same: `every` makes all others needless. */
function pacesOf(sharing: readonly PictureWants[]): PicturePace[] {
  const paces = sharing.map(({ pace }): PicturePace => pace ?? { kind: 'every' });
  const every = paces.find(({ kind }) => kind === 'every');
  if (every !== undefined) return [every];
  return [...new Map(paces.map((pace) => [JSON.stringify(pace), pace]))].sort().map(([, pace]) => pace);
}
