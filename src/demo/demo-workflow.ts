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

/** Workspaces whose workflow `motion` is the one above. */
const DEMO_WORKSPACES = ['demo', 'local'];

/** The saved workflow, or `undefined` if it does not exist. */
export function savedWorkflow(workspaceName: string, workflowId: string): Record<string, unknown> | undefined {
  return DEMO_WORKSPACES.includes(workspaceName) && workflowId === 'motion' ? DEMO_WORKFLOW_SPECIFICATION : undefined;
}
