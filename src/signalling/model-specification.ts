/**
 * The smallest workflow that runs one model: model id and task type in, specification out (protocol.md G). Pure. Refuses
 * task types for which no general model block exists, such as those of vision-language models.
 */
import { SessionError } from '../errors';

/** Every task type that a general block serves. */
export const MODEL_TASK_TYPES = [
  'object-detection',
  'instance-segmentation',
  'classification',
  'multi-label-classification',
  'keypoint-detection',
  'semantic-segmentation',
] as const;

/** What a model does with a picture. */
export type ModelTaskType = (typeof MODEL_TASK_TYPES)[number];

/** Name of the output that holds what the model found, as the server wrote it. */
export const MODEL_PREDICTIONS = 'predictions';
/** Name of the output that holds the frame as the server took it. */
export const MODEL_IMAGE = 'image';

/** The block of a task type. */
export function modelBlock(taskType: ModelTaskType): string {
  return `roboflow_core/roboflow_${taskType.replaceAll('-', '_')}_model@v2`;
}

/** A task type as it is. Throws INVALID_OPTION naming `modelId` and, as `origin`, who said that type. */
export function parseTaskType(
  value: unknown,
  { modelId, origin }: { modelId: string; origin: 'given' | 'looked up' },
): ModelTaskType {
  const known = MODEL_TASK_TYPES.find((taskType) => taskType === value);
  if (known !== undefined) return known;
  const found = typeof value === 'string' ? `“${value.slice(0, 60)}”` : 'no text';
  throw new SessionError(
    'INVALID_OPTION',
    `The task type of the model “${modelId}”, ${origin} as ${found}, has no general model block: it must be one of ` +
      `${MODEL_TASK_TYPES.join(', ')}. Other models, such as vision-language ones, run in a workflow of their own.`,
    { details: { field: 'taskType', origin } },
  );
}

/** The specification, new with each call. */
export function modelSpecification(modelId: string, taskType: ModelTaskType): Record<string, unknown> {
  return {
    version: '1.0',
    inputs: [{ type: 'InferenceImage', name: 'image' }],
    steps: [{ type: modelBlock(taskType), name: 'model', images: '$inputs.image', model_id: modelId }],
    outputs: [
      {
        type: 'JsonField',
        name: MODEL_PREDICTIONS,
        coordinates_system: 'own',
        selector: '$steps.model.predictions',
      },
      { type: 'JsonField', name: MODEL_IMAGE, selector: '$inputs.image' },
    ],
  };
}
