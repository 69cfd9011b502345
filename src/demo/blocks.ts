/** The blocks this server has (protocol.md M): their properties, outputs and what they do to a frame. */
import { randomUUID } from 'node:crypto';
import { drawBoxes } from './box-drawer';
import { MODEL_BLOCKS } from './model-blocks';
import { MotionDetector, type MotionBox, type Point } from './motion-detector';
import { cropPicture } from './picture-crop';
import { type DetectionsValue, type ImageValue, NOTHING, type WorkflowValue } from './workflow-values';

/** What a property takes: the output of another step, or a value (also from a workflow parameter). */
export type PropertyRule =
  | { accepts: 'image' | 'detections' }
  | { accepts: 'value'; expected: string; check(value: unknown): boolean; fallback?: unknown };

/** Values of a step's properties: checked literals, and per frame the outputs it refers to. */
export type PropertyValues = ReadonlyMap<string, unknown>;

/** What a step is given on each frame. */
export interface StepInputs {
  image(property: string): ImageValue;
  detections(property: string): DetectionsValue;
}

/** Runs a step on one frame; holds the step's state. */
export type StepRunner = (inputs: StepInputs) => Record<string, WorkflowValue>;

/** One kind of block. */
export interface Block {
  properties: Record<string, PropertyRule>;
  /** Output names with their kinds, as `describe_interface` tells them. */
  outputs: Record<string, string[]>;
  create(values: PropertyValues): StepRunner;
}

const positiveInteger = (fallback?: number): PropertyRule => ({
  accepts: 'value',
  expected: 'a positive integer',
  check: (value) => Number.isInteger(value) && Number(value) > 0,
  ...(fallback === undefined ? {} : { fallback }),
});
const coordinate: PropertyRule = {
  accepts: 'value',
  expected: 'an integer of at least 0',
  check: (value) => Number.isInteger(value) && Number(value) >= 0,
};
const flag = (fallback: boolean): PropertyRule => ({
  accepts: 'value',
  expected: 'a boolean',
  check: (value) => typeof value === 'boolean',
  fallback,
});
/** More corners than anyone draws. */
const MAX_ZONE_POINTS = 256;
const zone: PropertyRule = {
  accepts: 'value',
  expected: `a list of 3 to ${MAX_ZONE_POINTS} points [[x, y], ...]`,
  check: (value) => parseZone(value) !== undefined,
  fallback: null,
};

/** Larger kernels than any picture needs; they only cost time. */
const MAX_KERNEL = 99;

const motionDetection: Block = {
  properties: {
    image: { accepts: 'image' },
    minimum_contour_area: positiveInteger(200),
    morphological_kernel_size: {
      accepts: 'value',
      expected: `an integer from 1 to ${MAX_KERNEL}`,
      check: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_KERNEL,
      fallback: 3,
    },
    threshold: positiveInteger(16),
    history: positiveInteger(30),
    detection_zone: zone,
    suppress_first_detections: flag(true),
  },
  outputs: {
    motion: ['boolean'],
    alarm: ['boolean'],
    detections: ['object_detection_prediction'],
    motion_zones: ['list_of_values'],
  },
  create(values) {
    const detector = new MotionDetector({
      minimumContourArea: Number(values.get('minimum_contour_area')),
      morphologicalKernelSize: Number(values.get('morphological_kernel_size')),
      threshold: Number(values.get('threshold')),
      history: Number(values.get('history')),
      suppressFirstDetections: values.get('suppress_first_detections') === true,
      detectionZone: parseZone(values.get('detection_zone')) ?? null,
    });
    return (inputs) => {
      const { picture, origin } = inputs.image('image');
      const { motion, alarm, boxes } = detector.detect(picture);
      const detections = boxes.map((box) => ({ id: randomUUID(), box }));
      return {
        motion: { kind: 'plain', value: motion },
        alarm: { kind: 'plain', value: alarm },
        detections: { kind: 'detections', detections, image: { width: picture.width, height: picture.height }, origin },
        motion_zones: { kind: 'plain', value: boxes.map(corners) },
      };
    };
  },
};

const boundingBoxVisualization: Block = {
  properties: {
    image: { accepts: 'image' },
    predictions: { accepts: 'detections' },
    thickness: positiveInteger(2),
    copy_image: flag(true),
  },
  outputs: { image: ['image'] },
  create(values) {
    const thickness = Number(values.get('thickness'));
    return (inputs) => {
      const image = inputs.image('image');
      const boxes = inputs.detections('predictions').detections.map((detection) => detection.box);
      return { image: { ...image, picture: drawBoxes(image.picture, boxes, thickness) } };
    };
  },
};

const absoluteStaticCrop: Block = {
  properties: {
    images: { accepts: 'image' },
    x_center: coordinate,
    y_center: coordinate,
    width: positiveInteger(),
    height: positiveInteger(),
  },
  outputs: { crops: ['image'] },
  create(values) {
    const options = {
      xCenter: Number(values.get('x_center')),
      yCenter: Number(values.get('y_center')),
      width: Number(values.get('width')),
      height: Number(values.get('height')),
    };
    return (inputs) => {
      const { picture, origin } = inputs.image('images');
      const cut = cropPicture(picture, options);
      if (cut === undefined) return { crops: NOTHING };
      const root = origin ?? { offsetX: 0, offsetY: 0, width: picture.width, height: picture.height };
      const offset = { offsetX: root.offsetX + cut.left, offsetY: root.offsetY + cut.top };
      return { crops: { kind: 'image', picture: cut.picture, origin: { ...root, ...offset } } };
    };
  },
};

/** Every block by its type. */
export const BLOCKS: ReadonlyMap<string, Block> = new Map([
  ['roboflow_core/motion_detection@v1', motionDetection],
  ['roboflow_core/bounding_box_visualization@v1', boundingBoxVisualization],
  ['roboflow_core/absolute_static_crop@v1', absoluteStaticCrop],
  ...MODEL_BLOCKS,
]);

function corners({ left, top, width, height }: MotionBox): number[][] {
  const right = left + width;
  const bottom = top + height;
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** A zone as points, `null` for none, `undefined` if it is neither; also accepts JSON text, as upstream does. */
function parseZone(value: unknown): Point[] | null | undefined {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return parseZone(parseJson(value));
  if (!Array.isArray(value) || value.length < 3 || value.length > MAX_ZONE_POINTS) return undefined;
  const points = (value as unknown[]).map(parsePoint);
  return points.every((point) => point !== undefined) ? points : undefined;
}

function parsePoint(value: unknown): Point | undefined {
  const pair: unknown[] = Array.isArray(value) ? value : [];
  const [x, y] = pair;
  return pair.length === 2 && typeof x === 'number' && typeof y === 'number' ? [x, y] : undefined;
}

/** `false` (never a zone) where the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return false;
  }
}
