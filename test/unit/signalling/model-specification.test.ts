/** Mirrors upstream's test_client_model_id: see test/README.md. */
import { describe, expect, it } from 'vitest';
import { MODEL_TASK_TYPES, modelSpecification, parseTaskType } from '../../../src/signalling/model-specification';

describe('the workflow of a model', () => {
  it('is exactly the one that the official client makes', () => {
    expect(modelSpecification('rfdetr-nano', 'object-detection')).toEqual({
      version: '1.0',
      inputs: [{ type: 'InferenceImage', name: 'image' }],
      steps: [
        {
          type: 'roboflow_core/roboflow_object_detection_model@v2',
          name: 'model',
          images: '$inputs.image',
          model_id: 'rfdetr-nano',
        },
      ],
      outputs: [
        {
          type: 'JsonField',
          name: 'predictions',
          coordinates_system: 'own',
          selector: '$steps.model.predictions',
        },
        { type: 'JsonField', name: 'image', selector: '$inputs.image' },
      ],
    });
  });

  it.each([
    ['object-detection', 'roboflow_core/roboflow_object_detection_model@v2'],
    ['instance-segmentation', 'roboflow_core/roboflow_instance_segmentation_model@v2'],
    ['classification', 'roboflow_core/roboflow_classification_model@v2'],
    ['multi-label-classification', 'roboflow_core/roboflow_multi_label_classification_model@v2'],
    ['keypoint-detection', 'roboflow_core/roboflow_keypoint_detection_model@v2'],
    ['semantic-segmentation', 'roboflow_core/roboflow_semantic_segmentation_model@v2'],
  ] as const)('has for %s the block %s', (taskType, type) => {
    expect(modelSpecification('m/1', taskType)['steps']).toMatchObject([{ type, model_id: 'm/1' }]);
  });

  it('exists for six task types, and for no other', () => {
    expect(MODEL_TASK_TYPES).toHaveLength(6);
    for (const wrong of ['vlm', 'image-to-text', 'Object-Detection', '', undefined, 7]) {
      expect(() => parseTaskType(wrong, { modelId: 'm/1', origin: 'given' })).toThrow(
        /“m\/1”, given as .* object-detection, .* workflow of their own/,
      );
    }
    expect(parseTaskType('keypoint-detection', { modelId: 'm', origin: 'given' })).toBe('keypoint-detection');
  });
});
