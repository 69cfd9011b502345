/**
 * Stand-ins for the model blocks (protocol.md G): motion detection answers in the shape of each task type, so that flows
 * for models run without weights and without an account. One model a task type, `demo-object-detection` and so on.
 */
import { randomUUID } from 'node:crypto';
import { MODEL_TASK_TYPES, modelBlock } from '../signalling/model-specification';
import type { ModelTaskType } from '../signalling/model-specification';
import type { Block } from './blocks';
import { MotionDetector } from './motion-detector';
import type { MotionBox } from './motion-detector';
import type { DetectionsValue, ImageValue, WorkflowValue } from './workflow-values';

/** The model that this server has for a task type. */
function demoModelId(taskType: ModelTaskType): string {
  return `demo-${taskType}`;
}

/** The task type of a model, or `undefined` where there is no such model. */
export function demoTaskType(modelId: string): ModelTaskType | undefined {
  return MODEL_TASK_TYPES.find((taskType) => demoModelId(taskType) === modelId);
}

/** Objects that move, in one picture. */
interface Found {
  boxes: MotionBox[];
  image: ImageValue;
}

interface Task {
  kind: string;
  predictions: (found: Found) => WorkflowValue;
}

const TASKS: Record<ModelTaskType, Task> = {
  'object-detection': { kind: 'object_detection_prediction', predictions: (found) => detections(found, () => ({})) },
  'instance-segmentation': {
    kind: 'instance_segmentation_prediction',
    predictions: (found) => detections(found, (box) => ({ points: outline(box) })),
  },
  'keypoint-detection': {
    kind: 'keypoint_detection_prediction',
    predictions: (found) => detections(found, (box) => ({ keypoints: keypoints(box) })),
  },
  classification: { kind: 'classification_prediction', predictions: (found) => classification(found) },
  'multi-label-classification': { kind: 'classification_prediction', predictions: (found) => labels(found) },
  'semantic-segmentation': { kind: 'semantic_segmentation_prediction', predictions: (found) => classes(found) },
};

/** Every model block by its type. */
export const MODEL_BLOCKS: ReadonlyMap<string, Block> = new Map(
  MODEL_TASK_TYPES.map((taskType) => [modelBlock(taskType), block(taskType)]),
);

function block(taskType: ModelTaskType): Block {
  const { kind, predictions } = TASKS[taskType];
  const modelId = demoModelId(taskType);
  return {
    properties: {
      images: { accepts: 'image' },
      model_id: {
        accepts: 'value',
        expected: `the model "${modelId}", the only one that this server has for this block`,
        check: (value) => value === modelId,
      },
    },
    outputs: { inference_id: ['inference_id'], predictions: [kind], model_id: ['roboflow_model_id'] },
    create() {
      const detector = new MotionDetector({
        minimumContourArea: 200,
        morphologicalKernelSize: 3,
        threshold: 16,
        history: 30,
        suppressFirstDetections: false,
        detectionZone: null,
      });
      return (inputs) => {
        const image = inputs.image('images');
        const { boxes } = detector.detect(image.picture);
        return {
          inference_id: { kind: 'plain', value: randomUUID() },
          predictions: predictions({ boxes, image }),
          model_id: { kind: 'plain', value: modelId },
        };
      };
    },
  };
}

function detections({ boxes, image }: Found, more: (box: MotionBox) => Record<string, unknown>): DetectionsValue {
  const { picture, origin } = image;
  return {
    kind: 'detections',
    detections: boxes.map((box) => ({ id: randomUUID(), box, more: more(box) })),
    image: { width: picture.width, height: picture.height },
    origin,
  };
}

function outline({ left, top, width, height }: MotionBox): { x: number; y: number }[] {
  const [right, bottom] = [left + width, top + height];
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
}

function keypoints({ left, top, width, height }: MotionBox): Record<string, unknown>[] {
  const middle = { x: left + width / 2, y: top + height / 2 };
  const points = [
    { class: 'top', x: middle.x, y: top },
    { class: 'centre', ...middle },
    { class: 'bottom', x: middle.x, y: top + height },
  ];
  return points.map((point, index) => ({ class_id: index, confidence: 1, ...point }));
}

/** How much of the picture moves, from 0 to 1. */
function movingShare({ boxes, image }: Found): number {
  const { width, height } = image.picture;
  const area = boxes.reduce((sum, box) => sum + box.width * box.height, 0);
  return Math.min(1, area / (width * height));
}

function scores(found: Found): { class: string; class_id: number; confidence: number }[] {
  const moving = found.boxes.length === 0 ? 0 : Math.min(0.99, 0.5 + movingShare(found));
  return [
    { class: 'moving', class_id: 0, confidence: moving },
    { class: 'still', class_id: 1, confidence: 1 - moving },
  ];
}

function classification(found: Found): WorkflowValue {
  const predictions = scores(found).sort((one, other) => other.confidence - one.confidence);
  const best = { top: predictions[0]?.class, confidence: predictions[0]?.confidence };
  return { kind: 'plain', value: { ...header(found), predictions, ...best, ...footer() } };
}

function labels(found: Found): WorkflowValue {
  const all = scores(found);
  const predictions = Object.fromEntries(all.map(({ class: name, ...score }) => [name, score]));
  const predicted = all.filter(({ confidence }) => confidence >= 0.5).map(({ class: name }) => name);
  return { kind: 'plain', value: { ...header(found), predictions, predicted_classes: predicted, ...footer() } };
}

function header({ image }: Found): Record<string, unknown> {
  const { width, height } = image.picture;
  return { inference_id: randomUUID(), time: 0.001, image: { width, height } };
}

function footer(): Record<string, unknown> {
  return { prediction_type: 'classification', parent_id: 'image.[0]', root_parent_id: 'image.[0]' };
}

/** One box a class, and no size of the picture: what the real server makes of it (protocol.md E). */
function classes({ boxes }: Found): WorkflowValue {
  if (boxes.length === 0) return { kind: 'plain', value: { image: { width: null, height: null }, predictions: [] } };
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const width = Math.max(...boxes.map((box) => box.left + box.width)) - left;
  const height = Math.max(...boxes.map((box) => box.top + box.height)) - top;
  const whole = {
    ...{ width, height, x: left + width / 2, y: top + height / 2 },
    ...{ confidence: 1, class_id: 0, class: 'motion', detection_id: randomUUID(), parent_id: 'image.[0]' },
  };
  return { kind: 'plain', value: { image: { width: null, height: null }, predictions: [whole] } };
}
