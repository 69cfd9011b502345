/**
 * Session options -> the workflow of the request. Of a model it is made here, its task type looked up once a session
 * unless it is given. A look-up that failed is made anew by the next connection.
 */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { RequestedWorkflow } from '../signalling/initialise-request';
import { lookUpTaskType } from '../signalling/model-lookup';
import { modelSpecification, parseTaskType } from '../signalling/model-specification';
import type { ModelTaskType } from '../signalling/model-specification';
import type { ModelWorkflow, SessionOptions } from './options';
import { platformRoute } from './platform-route';

/** What a look-up needs. */
export interface WorkflowContext {
  clock: Clock;
  signal: AbortSignal;
}

/** See the file header. */
export class WorkflowOfSession {
  readonly #options: SessionOptions;
  #taskType: ModelTaskType | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Rejects as `lookUpTaskType` does, and with INVALID_OPTION. */
  async requested(context: WorkflowContext): Promise<RequestedWorkflow> {
    const { workflow } = this.#options;
    switch (workflow.kind) {
      case 'saved':
      case 'specification':
        return workflow;
      case 'model': {
        const modelId = workflow.modelId.trim();
        if (modelId === '') throw noModel();
        this.#taskType ??= await this.#taskTypeOf(workflow, context);
        return { kind: 'specification', specification: modelSpecification(modelId, this.#taskType) };
      }
    }
  }

  async #taskTypeOf({ modelId, taskType }: ModelWorkflow, { clock, signal }: WorkflowContext): Promise<ModelTaskType> {
    if (taskType !== undefined) return parseTaskType(taskType, { modelId, origin: 'given' });
    const { apiKey } = this.#options.server;
    return lookUpTaskType({ ...platformRoute(this.#options), modelId: modelId.trim(), apiKey, clock, signal });
  }
}

function noModel(): SessionError {
  const message = 'The model is not named: give the id of a model, such as rfdetr-nano or my-project/3.';
  return new SessionError('INVALID_OPTION', message, { details: { field: 'modelId' } });
}
