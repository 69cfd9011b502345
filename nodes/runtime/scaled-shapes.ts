/** Prediction shapes of a whole frame -> the same on its smaller picture. Pure; what comes in is only read. */
import type { PictureFit } from '../../src/index';
import type { PredictionShapes } from './prediction-shapes';

type Box = [x: number, y: number, width: number, height: number];

/** `from`: the size that coordinates are about, `to`: that of the picture. */
export function scaledShapes(
  shapes: PredictionShapes,
  { from, to }: { from: PictureFit; to: PictureFit },
): PredictionShapes {
  if (from.width === to.width && from.height === to.height) return shapes;
  const [x, y] = [to.width / from.width, to.height / from.height];
  const box = ([left, top, width, height]: Box): Box => [left * x, top * y, width * x, height * y];
  return {
    ...shapes,
    annotations: shapes.annotations.map((annotation) => ({ ...annotation, bbox: box(annotation.bbox) })),
    objects: shapes.objects.map(({ bbox, points, keypoints, ...object }) => ({
      ...object,
      bbox: bbox === null ? null : box(bbox),
      ...(points === undefined ? {} : { points: points.map(([px, py]): [number, number] => [px * x, py * y]) }),
      ...(keypoints === undefined
        ? {}
        : { keypoints: keypoints.map((point) => ({ ...point, x: point.x * x, y: point.y * y })) }),
    })),
  };
}
