/**
 * What runs on each frame, as the session dialog says it: settings out, and, once a stream starts, the workflow. The
 * specification may come from the start message, a context or the environment.
 */
import { DEMO_WORKFLOW_SPECIFICATION, isRecord, MODEL_TASK_TYPES, parsedJson, SessionError } from '../../src/index';
import type { ModelWorkflow, WorkflowOptions } from '../../src/index';
import type { ConfigReader } from './config-reader';
import { FLOW_SOURCES, flowValue } from './flow-value';
import type { FlowScope, FlowValue } from './flow-value';
import { present } from './present';

/** `motion` is the built-in workflow that needs no model (protocol.md M). */
export type WorkflowSettings =
  { kind: 'motion' } | { kind: 'specification-from-flow'; from: FlowValue } | WorkflowOptions;

/** Throws INVALID_OPTION. `isDemo`: the built-in server, which has no workspaces. */
export function parseWorkflow(fields: ConfigReader, isDemo: boolean): WorkflowSettings {
  const kind = fields.choice('workflow', ['motion', 'saved', 'specification', 'model']);
  switch (kind) {
    case 'motion':
      return { kind };
    case 'model':
      return parseModel(fields);
    case 'saved':
      return parseSaved(fields, isDemo);
    case 'specification':
      return parseSpecification(fields);
  }
}

/** The workflow for the session. Rejects TEMPLATE_UNRESOLVED, or INVALID_OPTION for what is no specification. */
export async function resolveWorkflow(settings: WorkflowSettings, scope: FlowScope): Promise<WorkflowOptions> {
  if (settings.kind === 'motion') return { kind: 'specification', specification: DEMO_WORKFLOW_SPECIFICATION };
  if (settings.kind !== 'specification-from-flow') return settings;
  const value = await flowValue(settings.from, 'specification', scope);
  const specification = typeof value === 'string' ? parsedJson(value) : value;
  if (isRecord(specification)) return { kind: 'specification', specification };
  const { source, expression } = settings.from;
  const message =
    `"specification" is ${source}.${expression}, which is not a workflow: give it an object with version, inputs, ` +
    'steps and outputs, or the JSON of one.';
  throw new SessionError('INVALID_OPTION', message, { details: { field: 'specification' } });
}

function parseSaved(fields: ConfigReader, isDemo: boolean): WorkflowOptions {
  if (isDemo) {
    throw fields.invalid(
      'workflow',
      'is a saved one',
      'the built-in demo has none; choose motion detection or a model',
    );
  }
  return {
    kind: 'saved',
    workspaceName: fields.requiredText('workspace', 'enter the name of the workspace as its address shows it'),
    workflowId: fields.requiredText('workflowId', 'enter the id of the workflow as its address shows it'),
    ...present('workflowVersionId', fields.text('workflowVersion') || undefined),
  };
}

function parseSpecification(fields: ConfigReader): WorkflowSettings {
  const type = fields.choice('specificationType', ['json', ...FLOW_SOURCES]);
  if (type !== 'json') {
    const expression = fields.requiredText('specification', 'enter the property or variable that holds the workflow');
    return { kind: 'specification-from-flow', from: { source: type, expression } };
  }
  const specification = fields.json('specification');
  if (specification !== undefined) return { kind: 'specification', specification };
  throw fields.invalid('specification', 'is empty', 'paste the workflow as JSON or choose another kind');
}

function parseModel(fields: ConfigReader): ModelWorkflow {
  const taskType = fields.choice('taskType', ['auto', ...MODEL_TASK_TYPES]);
  const modelId = fields.requiredText('modelId', 'enter the id of a model, such as rfdetr-nano or my-project/3');
  return { kind: 'model', modelId, ...(taskType === 'auto' ? {} : { taskType }) };
}
