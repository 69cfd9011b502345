/**
 * Tests a server without starting a session: is it there, does it serve sessions, is the key accepted, is the workflow
 * found. A report out, never an exception: each step says how it went, and what is wrong in a sentence.
 */
import { SessionError } from '../errors';
import type { SessionErrorCode } from '../errors';
import { WorkflowOfSession } from '../session/workflow-of-session';
import type { WorkflowOptions } from '../session/options';
import { systemClock } from '../clock';
import type { WorkflowInterface } from '../signalling/workflow-interface';
import { lookUpWorkspace } from '../signalling/workspace-lookup';
import { describeWorkflow, signalOf, withServer, workspaceLookup } from './discovery';
import type { DiscoveryOptions } from './discovery';

/** `unknown`: could not be told, which need not mean that it is wrong. */
export type StepOutcome = 'passed' | 'failed' | 'unknown';

/** One question and its answer. */
export interface ConnectionStep {
  /** `reach`: something answers as an inference server does; `serve`: it takes sessions. */
  step: 'reach' | 'serve' | 'key' | 'workflow';
  outcome: StepOutcome;
  /** Why it failed or is unknown; free of secrets. */
  error: { code: SessionErrorCode; message: string } | null;
}

/** See the file header. What comes after a failure that rules it out is missing. */
export interface ConnectionReport {
  /** As the server tells it. */
  version: string | null;
  /** That the key belongs to, as the platform tells it. */
  workspace: string | null;
  /** Of the workflow, where the server told it. */
  workflow: WorkflowInterface | null;
  steps: ConnectionStep[];
}

/** What the server said of the key before it looked at anything else. */
const OF_THE_KEY: ReadonlySet<SessionErrorCode> = new Set([
  'API_KEY_REJECTED',
  'API_KEY_FORBIDDEN',
  'CREDITS_EXCEEDED',
]);

/** `workflow` null: it is not known before the start. Takes half a minute at the most; rejects with SESSION_CLOSED only. */
export async function testConnection(
  workflow: WorkflowOptions | null,
  options: DiscoveryOptions,
): Promise<ConnectionReport> {
  const report: ConnectionReport = { version: null, workspace: null, workflow: null, steps: [] };
  const info = await outcome(withServer(options, (client, signal) => client.info(signal)));
  if (info instanceof SessionError) {
    report.steps.push(failure(OF_THE_KEY.has(info.code) ? 'key' : 'reach', info));
    return report;
  }
  report.version = info.version;
  report.steps.push(passed('reach'));
  const served = await outcome(withServer(options, (client, signal) => client.checkRoute(signal)));
  if (served instanceof SessionError) {
    report.steps.push(failure(OF_THE_KEY.has(served.code) ? 'key' : 'serve', served));
    return report;
  }
  report.steps.push(passed('serve'));
  const [workspace, described] = await Promise.all([
    outcome(workspaceOf(options)),
    outcome(workflow === null ? Promise.resolve(null) : interfaceOf(workflow, options)),
  ]);
  const found = described instanceof SessionError ? null : described;
  report.workspace = workspace instanceof SessionError ? null : workspace;
  report.workflow = found;
  report.steps.push(...keySteps(workspace, described), ...workflowSteps(described));
  return report;
}

/** Null: there is no key. */
async function workspaceOf(options: DiscoveryOptions): Promise<string | null> {
  const lookup = workspaceLookup(options);
  return lookup === undefined ? null : lookUpWorkspace(lookup);
}

/** A model is known by its task type only. */
async function interfaceOf(workflow: WorkflowOptions, options: DiscoveryOptions): Promise<WorkflowInterface> {
  if (workflow.kind !== 'model') return describeWorkflow(workflow, options);
  const { server, network = {} } = options;
  const source = { kind: 'test-pattern' } as const;
  await new WorkflowOfSession({ server, network, workflow, source }).requested({
    clock: systemClock,
    signal: signalOf(options),
  });
  return describeWorkflow(workflow, options);
}

/** The platform knows keys best; a server that has just fetched a workflow with the key has proved it as well. */
function keySteps(
  workspace: string | null | SessionError,
  described: WorkflowInterface | SessionError | null,
): ConnectionStep[] {
  if (described instanceof SessionError && OF_THE_KEY.has(described.code)) return [failure('key', described)];
  if (workspace === null) return [];
  if (!(workspace instanceof SessionError)) return [passed('key')];
  if (OF_THE_KEY.has(workspace.code)) return [failure('key', workspace)];
  return [{ ...failure('key', workspace), outcome: 'unknown' }];
}

function workflowSteps(described: WorkflowInterface | SessionError | null): ConnectionStep[] {
  if (described === null) return [];
  if (!(described instanceof SessionError)) return [passed('workflow')];
  return OF_THE_KEY.has(described.code) ? [] : [failure('workflow', described)];
}

/** Aborting ends everything; any other failure is an answer. */
async function outcome<Result>(work: Promise<Result>): Promise<Result | SessionError> {
  try {
    return await work;
  } catch (thrown) {
    const error = SessionError.from(thrown);
    if (error.code === 'SESSION_CLOSED') throw error;
    return error;
  }
}

function passed(step: ConnectionStep['step']): ConnectionStep {
  return { step, outcome: 'passed', error: null };
}

function failure(step: ConnectionStep['step'], { code, message }: SessionError): ConnectionStep {
  return { step, outcome: 'failed', error: { code, message } };
}
