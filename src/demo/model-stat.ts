/** The look-up route of the platform (protocol.md G), for the models that the demo server has. Query in, answer out. */
import { notFoundAnswer } from './error-answers';
import type { HttpAnswer } from './http-answer';
import { demoTaskType } from './model-blocks';

/** See the file header. */
export function modelStat(query: URLSearchParams): HttpAnswer {
  const modelId = query.get('modelId') ?? '';
  const taskType = demoTaskType(modelId);
  if (taskType === undefined) return notFoundAnswer(`model ${modelId}`);
  return { status: 200, body: { modelMetadata: { modelId, taskType } } };
}
