/** The workflow of protocol.md M: motion detection with boxes, no model. Runs here and on any real server alike. */

/** Specification to hand to a session as `{ kind: 'specification', specification }`. */
export const DEMO_WORKFLOW_SPECIFICATION: Record<string, unknown> = {
  version: '1.0',
  inputs: [{ type: 'InferenceImage', name: 'image' }],
  steps: [
    {
      type: 'roboflow_core/motion_detection@v1',
      name: 'motion',
      image: '$inputs.image',
      minimum_contour_area: 200,
      morphological_kernel_size: 3,
      threshold: 16,
      history: 30,
      suppress_first_detections: true,
    },
    {
      type: 'roboflow_core/bounding_box_visualization@v1',
      name: 'boxes',
      image: '$inputs.image',
      predictions: '$steps.motion.detections',
    },
  ],
  outputs: [
    {
      type: 'JsonField',
      name: 'predictions',
      coordinates_system: 'own',
      selector: '$steps.motion.detections',
    },
    { type: 'JsonField', name: 'motion', selector: '$steps.motion.motion' },
    { type: 'JsonField', name: 'alarm', selector: '$steps.motion.alarm' },
    { type: 'JsonField', name: 'image', selector: '$steps.boxes.image' },
  ],
};

/** The same with two parameters, each with a default. */
const ADJUSTABLE_WORKFLOW: Record<string, unknown> = {
  version: '1.0',
  inputs: [
    { type: 'InferenceImage', name: 'image' },
    { type: 'WorkflowParameter', name: 'sensitivity', kind: ['integer'], default_value: 16 },
    {
      type: 'WorkflowParameter',
      name: 'zone',
      kind: ['list_of_values'],
      default_value: [
        [0, 0],
        [4000, 0],
        [4000, 4000],
        [0, 4000],
      ],
    },
  ],
  steps: [
    {
      type: 'roboflow_core/motion_detection@v1',
      name: 'motion',
      image: '$inputs.image',
      threshold: '$inputs.sensitivity',
      detection_zone: '$inputs.zone',
    },
  ],
  outputs: [
    { type: 'JsonField', name: 'moving', coordinates_system: 'own', selector: '$steps.motion.detections' },
    { type: 'JsonField', name: 'alarm', selector: '$steps.motion.alarm' },
  ],
};

/** The workspace of every key. */
export const DEMO_WORKSPACE = 'demo';

/** Saved workflows by their id. */
export const SAVED_WORKFLOWS: ReadonlyMap<string, { name: string; specification: Record<string, unknown> }> = new Map([
  ['motion', { name: 'Motion with boxes', specification: DEMO_WORKFLOW_SPECIFICATION }],
  ['adjustable-motion', { name: 'Motion, adjustable', specification: ADJUSTABLE_WORKFLOW }],
]);

/** The saved workflow, or `undefined` if it does not exist. `local` is what a server's own builder saves (protocol.md A.2). */
export function savedWorkflow(workspaceName: string, workflowId: string): Record<string, unknown> | undefined {
  const isKnown = workspaceName === DEMO_WORKSPACE || workspaceName === 'local';
  return isKnown ? SAVED_WORKFLOWS.get(workflowId)?.specification : undefined;
}
