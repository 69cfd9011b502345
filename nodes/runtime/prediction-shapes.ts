/**
 * Predictions as a server writes them (protocol.md E) in the shapes that Node-RED's own nodes know: detections,
 * keypoints, segmentation and classification in; annotations, objects and counts out. Pure; what comes in is only read,
 * and whatever is not a number where one belongs is left out instead of guessed.
 */
import { isRecord } from '../../src/index';

/** For node-red-node-annotate-image: `msg.annotations`. It writes into the entries, so each is new. */
export interface Annotation {
  type: 'rect';
  /** Left, top, width, height in pixels: the server gives centres. */
  bbox: [x: number, y: number, width: number, height: number];
  label: string;
}

/** As flows for node-red-contrib-tfjs-coco-ssd know it. */
export interface DetectedObject {
  /** Null where the prediction is about the whole picture. */
  bbox: [x: number, y: number, width: number, height: number] | null;
  class: string;
  score: number | null;
  trackerId?: number | string;
  /** Outline of a segmentation, in pixels. */
  points?: [x: number, y: number][];
  keypoints?: { class: string; x: number; y: number; score: number | null }[];
}

export interface PredictionShapes {
  annotations: Annotation[];
  objects: DetectedObject[];
  /** How many of each class. */
  classes: Record<string, number>;
}

/** Where there is nothing to show. */
export function noShapes(): PredictionShapes {
  return { annotations: [], objects: [], classes: {} };
}

/** The shapes of one output's value, or `undefined` when that holds no predictions. */
export function predictionShapes(value: unknown): PredictionShapes | undefined {
  const objects = objectsIn(value);
  if (objects === undefined) return undefined;
  const annotations = objects.flatMap(({ bbox, class: name, score }): Annotation[] =>
    bbox === null ? [] : [{ type: 'rect', bbox: [...bbox], label: labelOf(name, score) }],
  );
  // Without a prototype: a class may be called `constructor`.
  const counts = new Map<string, number>();
  for (const { class: name } of objects) counts.set(name, (counts.get(name) ?? 0) + 1);
  return { annotations, objects, classes: Object.fromEntries(counts) };
}

/** A whole prediction dictionary, or the list inside it. */
function objectsIn(value: unknown): DetectedObject[] | undefined {
  if (Array.isArray(value)) return listed(value);
  if (!isRecord(value)) return undefined;
  const { predictions } = value;
  if (Array.isArray(predictions)) return isSingleLabel(value) ? topOf(value, predictions) : listed(predictions);
  if (isRecord(predictions)) return multiLabel(value, predictions);
  return undefined;
}

/** A list of anything else is no list of predictions. */
function listed(entries: readonly unknown[]): DetectedObject[] | undefined {
  const objects = entries.flatMap((entry): DetectedObject[] => {
    const object = isRecord(entry) ? detected(entry) : undefined;
    return object === undefined ? [] : [object];
  });
  return objects.length === 0 && entries.length > 0 ? undefined : objects;
}

function detected(entry: Record<string, unknown>): DetectedObject | undefined {
  const { class: name, tracker_id: trackerId, points, keypoints } = entry;
  if (typeof name !== 'string') return undefined;
  return {
    bbox: cornerBox(entry),
    class: name,
    score: numberOrNull(entry['confidence']),
    ...(typeof trackerId === 'number' || typeof trackerId === 'string' ? { trackerId } : {}),
    ...(Array.isArray(points) ? { points: points.flatMap(point) } : {}),
    ...(Array.isArray(keypoints) ? { keypoints: keypoints.flatMap(keypoint) } : {}),
  };
}

function cornerBox({ x, y, width, height }: Record<string, unknown>): DetectedObject['bbox'] {
  if (!isNumber(x) || !isNumber(y) || !isNumber(width) || !isNumber(height)) return null;
  return [x - width / 2, y - height / 2, width, height];
}

function point(value: unknown): [number, number][] {
  if (!isRecord(value)) return [];
  const { x, y } = value;
  return isNumber(x) && isNumber(y) ? [[x, y]] : [];
}

function keypoint(value: unknown): NonNullable<DetectedObject['keypoints']> {
  if (!isRecord(value)) return [];
  const { x, y, class: name, confidence } = value;
  if (!isNumber(x) || !isNumber(y) || typeof name !== 'string') return [];
  return [{ class: name, x, y, score: numberOrNull(confidence) }];
}

/** `predictions` lists every class with its confidence; `top` is what the picture shows. */
function isSingleLabel(value: Record<string, unknown>): boolean {
  return 'top' in value;
}

function topOf({ top, confidence }: Record<string, unknown>, candidates: readonly unknown[]): DetectedObject[] {
  if (typeof top !== 'string' || top === '' || candidates.length === 0) return [];
  return [{ bbox: null, class: top, score: numberOrNull(confidence) }];
}

function multiLabel(value: Record<string, unknown>, scores: Record<string, unknown>): DetectedObject[] {
  const names: unknown[] = Array.isArray(value['predicted_classes']) ? value['predicted_classes'] : [];
  return names.flatMap((name): DetectedObject[] => {
    if (typeof name !== 'string') return [];
    const entry = Object.hasOwn(scores, name) ? scores[name] : undefined;
    return [{ bbox: null, class: name, score: isRecord(entry) ? numberOrNull(entry['confidence']) : null }];
  });
}

function labelOf(name: string, score: number | null): string {
  return score === null ? name : `${name} ${Math.round(score * 100)}%`;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function numberOrNull(value: unknown): number | null {
  return isNumber(value) ? value : null;
}
