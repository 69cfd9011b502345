/**
 * Stand-ins for the routes of Roboflow's platform (protocol.md G), so that look-ups can be tried without an account: any
 * key belongs to the workspace `demo`, but for those that begin with `wrong`. Request in, answer out.
 */
import { DEMO_WORKSPACE, SAVED_WORKFLOWS, savedWorkflow } from './demo-workflow';
import { FORCED_ANSWERS, notFoundAnswer } from './error-answers';
import type { HttpAnswer } from './http-answer';
import type { Route } from './http-server';
import { demoTaskType } from './model-blocks';

/** The route for the segments of a GET, if it is one of the platform's. */
export function platformRoute(segments: readonly string[]): Route | undefined {
  if (segments.join('/') === 'models/v1/external/stat') return ({ query }) => modelStat(query);
  const [workspace, second, id] = segments;
  if (workspace === undefined) return keyed(() => ok({ workspace: DEMO_WORKSPACE }));
  if (second !== 'workflows' || segments.length > 3) return undefined;
  return keyed(() => (id === undefined ? listed(workspace) : configOf(workspace, id)));
}

/** Whether the platform takes the key. */
export function isDemoKey(key: unknown): boolean {
  return typeof key === 'string' && key !== '' && !key.startsWith('wrong');
}

function keyed(answer: () => HttpAnswer): Route {
  return ({ query }) => (isDemoKey(query.get('api_key')) ? answer() : FORCED_ANSWERS['key-rejected']);
}

function listed(workspace: string): HttpAnswer {
  if (workspace !== DEMO_WORKSPACE) return notFoundAnswer(`workspace ${workspace}`);
  const workflows = [...SAVED_WORKFLOWS].map(([url, { name }]) => ({ id: `demo-${url}`, name, url }));
  return ok({ workflows, status: 'ok' });
}

function configOf(workspace: string, url: string): HttpAnswer {
  const specification = savedWorkflow(workspace, url);
  if (specification === undefined) return notFoundAnswer(`workflow ${workspace}/${url}`);
  return ok({ workflow: { url, config: JSON.stringify({ specification }) }, status: 'ok' });
}

function modelStat(query: URLSearchParams): HttpAnswer {
  const modelId = query.get('modelId') ?? '';
  const taskType = demoTaskType(modelId);
  if (taskType === undefined) return notFoundAnswer(`model ${modelId}`);
  return ok({ modelMetadata: { modelId, taskType } });
}

function ok(body: unknown): HttpAnswer {
  return { status: 200, body };
}
