/** The answer of `describe_interface` (protocol.md G): kinds of all inputs and outputs of a workflow. */
import { badRequestAnswer } from './error-answers';
import type { HttpAnswer } from './http-answer';
import type { CompiledWorkflow } from './workflow-compiler';

const INPUT_KINDS = { image: ['image'], parameter: ['*'], metadata: ['video_metadata'] } as const;
const TYPING_HINTS: Record<string, string> = {
  image: 'dict',
  boolean: 'bool',
  object_detection_prediction: 'dict',
  instance_segmentation_prediction: 'dict',
  keypoint_detection_prediction: 'dict',
  semantic_segmentation_prediction: 'dict',
  classification_prediction: 'dict',
  list_of_values: 'List[Any]',
  video_metadata: 'dict',
  '*': 'Any',
};

/** See the file header. Refuses, as upstream does, a workflow with an output that selects an input. */
export function describeInterface(workflow: CompiledWorkflow): HttpAnswer {
  const passedOn = workflow.outputs.find((output) => output.selector.kind === 'input');
  if (passedOn !== undefined) {
    return badRequestAnswer(`Could not describe output "${passedOn.name}": its selector does not refer to a step.`);
  }
  const inputs = Object.fromEntries(workflow.inputs.map((input) => [input.name, INPUT_KINDS[input.kind]]));
  const outputs = Object.fromEntries(workflow.outputs.map((output) => [output.name, output.kinds]));
  const used = new Set<string>([...Object.values(inputs), ...Object.values(outputs)].flat());
  const hints = Object.fromEntries([...used].map((kind) => [kind, TYPING_HINTS[kind] ?? 'Any']));
  return { status: 200, body: { inputs, outputs, typing_hints: hints, kinds_schemas: {} } };
}
