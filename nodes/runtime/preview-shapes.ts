/** The outputs of a frame -> what a browser draws over its picture: fractions of the frame, bounded in number. Pure. */
import { isRecord } from '../../src/index';
import type { PictureFit } from '../../src/index';
import { valueAt } from './output-path';
import { predictionShapes } from './prediction-shapes';

/** Text in it is as the server wrote it: draw it as text and never as HTML. */
export interface PreviewShape {
  label: string;
  /** Left, top, width, height; 1 is the whole frame. Null: about the whole picture. */
  box: [number, number, number, number] | null;
  /** An outline. */
  points: [number, number][];
  keypoints: [number, number][];
}

const MAX_SHAPES = 100;
const MAX_POINTS = 200;
const MAX_LABEL_LENGTH = 60;

/** `path`: where the predictions stand; empty: in whichever outputs hold some. */
export function previewShapes(
  outputs: Record<string, unknown> | null,
  { path, size }: { path: readonly string[]; size: PictureFit },
): PreviewShape[] {
  const values = path.length > 0 ? [valueAt(outputs, path)] : Object.values(outputs ?? {}).filter(isRecord);
  const objects = values.flatMap((value) => predictionShapes(value)?.objects ?? []);
  const x = (value: number): number => round(value / size.width);
  const y = (value: number): number => round(value / size.height);
  return objects.slice(0, MAX_SHAPES).map(({ bbox, class: name, score, points = [], keypoints = [] }) => ({
    label: `${name.slice(0, MAX_LABEL_LENGTH)}${score === null ? '' : ` ${Math.round(score * 100)}%`}`,
    box: bbox === null ? null : [x(bbox[0]), y(bbox[1]), x(bbox[2]), y(bbox[3])],
    points: thinned(points).map(([px, py]): [number, number] => [x(px), y(py)]),
    keypoints: keypoints.slice(0, MAX_POINTS).map((point): [number, number] => [x(point.x), y(point.y)]),
  }));
}

/** A long outline keeps its form with fewer points. */
function thinned<Point>(points: readonly Point[]): Point[] {
  const step = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, index) => index % step === 0);
}

function round(fraction: number): number {
  return Math.round(fraction * 10_000) / 10_000;
}
