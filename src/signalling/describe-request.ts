/** The two `describe_interface` routes (protocol.md G): a workflow in, path, headers and body out. Pure. */
import { keyedRequest } from './initialise-request';
import type { RequestedWorkflow, RequestKey } from './initialise-request';

/** See the file header. A saved workflow is asked for as it is now, not as the server remembers it. */
export function describeRequest(
  workflow: RequestedWorkflow,
  key: RequestKey,
): { path: string; headers: Record<string, string>; body: string } {
  if (workflow.kind === 'specification') {
    const { specification } = workflow;
    return { path: '/workflows/describe_interface', ...keyedRequest({ specification }, key) };
  }
  const [workspace, id] = [workflow.workspaceName, workflow.workflowId].map(encodeURIComponent);
  return {
    path: `/${workspace}/workflows/${id}/describe_interface`,
    ...keyedRequest({ use_cache: false, workflow_version_id: workflow.workflowVersionId }, key),
  };
}
