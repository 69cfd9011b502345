/**
 * What can be learned of a server before a session runs on it: whether it can be reached and takes the key, the
 * workflows of the workspace, the interface of one. Each call is bounded in time, ends with its signal, leaves nothing open.
 */
import { systemClock } from '../clock';
import { SessionError } from '../errors';
import { httpRoute } from '../session/initialise';
import type { NetworkOptions, ServerOptions, WorkflowOptions } from '../session/options';
import { platformRoute } from '../session/platform-route';
import { SignallingClient } from '../signalling/client';
import type { RequestedWorkflow } from '../signalling/initialise-request';
import { MODEL_IMAGE, MODEL_PREDICTIONS } from '../signalling/model-specification';
import { interfaceOfSpecification, passesInputsOn, withDefaults } from '../signalling/workflow-interface';
import type { WorkflowInterface } from '../signalling/workflow-interface';
import { listWorkspace, lookUpWorkspace, savedSpecification } from '../signalling/workspace-lookup';
import type { WorkflowEntry, WorkspaceLookup } from '../signalling/workspace-lookup';

/** Whom to ask, and how it is reached. */
export interface DiscoveryOptions {
  server: ServerOptions;
  network?: Pick<NetworkOptions, 'tls' | 'proxy'>;
  /** Ends the call with SESSION_CLOSED. */
  signal?: AbortSignal;
}

/** The workflows of the workspace that a key belongs to. */
export interface WorkflowList {
  workspace: string;
  workflows: WorkflowEntry[];
}

/** For one exchange with the server, which may have to ask its platform in turn. */
const EXCHANGE_LIMIT_MS = 15_000;

/** Rejects with API_KEY_REJECTED (also without a key), API_KEY_FORBIDDEN, or SERVER_… of Roboflow's platform. */
export async function listWorkflows(options: DiscoveryOptions): Promise<WorkflowList> {
  const lookup = workspaceLookup(options);
  if (lookup === undefined) {
    throw new SessionError(
      'API_KEY_REJECTED',
      'Which workflows there are is known only with an API key: enter the key of your workspace.',
    );
  }
  const workspace = await lookUpWorkspace(lookup);
  return { workspace, workflows: await listWorkspace(lookup, workspace) };
}

/**
 * Inputs and outputs. What a server cannot describe, and defaults, come from the specification. Rejects as a session
 * that fails to start.
 */
export async function describeWorkflow(
  workflow: WorkflowOptions,
  options: DiscoveryOptions,
): Promise<WorkflowInterface> {
  if (workflow.kind === 'model') return MODEL_INTERFACE;
  const described = await withServer(options, (client, signal) => client.describe(workflow, signal)).catch(
    (thrown: unknown) => SessionError.from(thrown),
  );
  if (!(described instanceof SessionError)) return defaultsAdded(described, workflow, options);
  const specification = await specificationInstead(described, workflow, options);
  const known = interfaceOfSpecification(specification);
  if (known === undefined || !standsIn(described, specification, options)) throw described;
  return known;
}

/** An exchange with the inference server. */
export async function withServer<Result>(
  options: DiscoveryOptions,
  run: (client: SignallingClient, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { server } = options;
  const client = new SignallingClient({ server, timeoutMs: EXCHANGE_LIMIT_MS, ...httpRoute(server.url, options) });
  try {
    return await run(client, signalOf(options));
  } finally {
    await client.close();
  }
}

/** Undefined without a key: the platform tells strangers nothing. */
export function workspaceLookup(options: DiscoveryOptions): WorkspaceLookup | undefined {
  const { apiKey } = options.server;
  if (apiKey === undefined) return undefined;
  return { ...platformRoute(options), apiKey, clock: systemClock, signal: signalOf(options) };
}

/** What ends the call: nothing, where nobody said. */
export function signalOf({ signal = new AbortController().signal }: DiscoveryOptions): AbortSignal {
  return signal;
}

const MODEL_INTERFACE: WorkflowInterface = {
  inputs: [{ name: 'image', kind: 'image', kinds: ['image'] }],
  outputs: [
    { name: MODEL_PREDICTIONS, kinds: [] },
    { name: MODEL_IMAGE, kinds: ['image'] },
  ],
  told: 'specification',
};

/** Only parameters have defaults; a look-up that fails costs no more than them. */
async function defaultsAdded(
  described: WorkflowInterface,
  workflow: RequestedWorkflow,
  options: DiscoveryOptions,
): Promise<WorkflowInterface> {
  if (!described.inputs.some(({ kind }) => kind === 'parameter')) return described;
  const specification = await specificationOf(workflow, options).catch(() => undefined);
  return specification === undefined ? described : withDefaults(described, specification);
}

/** Worth asking for only where it could stand in. */
async function specificationInstead(
  refusal: SessionError,
  workflow: RequestedWorkflow,
  options: DiscoveryOptions,
): Promise<Record<string, unknown> | undefined> {
  if (!MAY_BE_INDESCRIBABLE.has(refusal.code)) return undefined;
  return specificationOf(workflow, options).catch(() => undefined);
}

const MAY_BE_INDESCRIBABLE: ReadonlySet<string> = new Set([
  ...['ROUTE_MISSING', 'WORKFLOW_INVALID', 'REQUEST_REFUSED', 'API_KEY_REJECTED'],
]);

/**
 * Three refusals say nothing against a workflow: of an older server without the route, of one that cannot describe an
 * output that passes an input on, and of one that describes nothing without a key.
 */
function standsIn(refusal: SessionError, specification: unknown, { server }: DiscoveryOptions): boolean {
  if (refusal.code === 'ROUTE_MISSING') return true;
  if (refusal.code === 'API_KEY_REJECTED') return server.apiKey === undefined;
  return passesInputsOn(specification) || (refusal.code === 'REQUEST_REFUSED' && server.apiKey === undefined);
}

async function specificationOf(
  workflow: RequestedWorkflow,
  options: DiscoveryOptions,
): Promise<Record<string, unknown> | undefined> {
  if (workflow.kind === 'specification') return workflow.specification;
  const lookup = workspaceLookup(options);
  return lookup === undefined ? undefined : savedSpecification(lookup, workflow);
}
