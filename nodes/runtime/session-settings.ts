/** The configuration of a `webrtc-session` node, parsed once: typed settings, or INVALID_OPTION. */
import type { ModelWorkflow, NetworkOptions, WorkflowOptions } from '../../src/index';
import { MODEL_TASK_TYPES, SessionError } from '../../src/index';
import { ConfigReader, ownerName } from './config-reader';
import type { SharedNodes } from './shared-nodes';
import { parseNetwork } from './network-settings';
import { present } from './present';

/** Where the inference server is. */
export type ServerSettings = { kind: 'demo' } | { kind: 'own' | 'hosted'; url: string; apiKey?: string };

/** What runs on each frame; `motion` is the built-in workflow that needs no model (protocol.md M). */
export type WorkflowSettings = { kind: 'motion' } | WorkflowOptions;

/** Which outputs of the workflow are asked for. */
export interface OutputPolicy {
  /** `auto`: when an `on-frame` node listens. */
  video: 'auto' | 'always' | 'never';
  /** The output that is streamed as video; null = the server finds it. */
  imageOutput: string | null;
  /** `auto`: what the `on-data` nodes name. */
  data: 'auto' | readonly string[];
  /** Outputs that come along with every picture. */
  withPictures?: readonly string[];
}

/** Everything that the streams of one session node share. */
export interface SessionSettings {
  server: ServerSettings;
  workflow: WorkflowSettings;
  outputs: OutputPolicy;
  imageInputName?: string;
  workflowParameters?: Record<string, unknown>;
  declaredFps?: number;
  /** Seconds, null = no limit, left out = the server's default. */
  processingTimeoutS?: number | null;
  requestedPlan?: string;
  requestedRegion?: string;
  network: NetworkOptions;
  reconnect: boolean;
  ffmpegPath?: string;
  thread: 'worker' | 'none';
}

const NO_NODES: SharedNodes = { tls: null, proxy: null };
/** A week, the longest life a hosted session has. */
const MAX_LIFETIME_S = 7 * 24 * 3600;

/** `credentials` are the node's own: `apiKey` and `turnCredential`. */
export function parseSessionSettings(
  config: unknown,
  credentials: unknown,
  shared: SharedNodes = NO_NODES,
): SessionSettings {
  const owner = ownerName('webrtc-session', config);
  const fields = new ConfigReader(config, owner);
  const secrets = new ConfigReader(credentials, owner);
  const server = parseServer(fields, secrets, owner);
  const workflow = parseWorkflow(fields, server);
  return {
    server,
    workflow,
    outputs: parseOutputs(fields, workflow.kind === 'model'),
    network: parseNetwork({ fields, secrets, shared }),
    reconnect: fields.flag('reconnect', true),
    thread: fields.choice('thread', ['worker', 'none']),
    ...present('imageInputName', fields.text('imageInput') || undefined),
    ...present('workflowParameters', fields.json('parameters')),
    ...present('declaredFps', fields.number('declaredFps', { min: 0.01, max: 240 })),
    ...present('processingTimeoutS', parseLifetime(fields)),
    ...(server.kind === 'hosted' ? parseHosted(fields) : {}),
    ...present('ffmpegPath', fields.text('ffmpegPath') || undefined),
  };
}

function parseServer(fields: ConfigReader, secrets: ConfigReader, owner: string): ServerSettings {
  const kind = fields.choice('server', ['demo', 'own', 'hosted']);
  if (kind === 'demo') return { kind };
  const apiKey = secrets.text('apiKey') || undefined;
  if (kind === 'own') return { kind, url: parseUrl(fields, 'url'), ...present('apiKey', apiKey) };
  if (apiKey === undefined) {
    throw new SessionError('API_KEY_REJECTED', `${owner}: Roboflow Hosted needs an API key: enter it in the node.`);
  }
  return { kind, url: parseUrl(fields, 'hostedUrl'), apiKey };
}

function parseUrl(fields: ConfigReader, field: string): string {
  const text = fields.requiredText(field, 'enter the address of the server, such as http://192.168.1.20:9001');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw fields.invalid(field, 'is not an http or https address', 'enter it as http://host:9001 or https://host');
}

function parseWorkflow(fields: ConfigReader, server: ServerSettings): WorkflowSettings {
  const kind = fields.choice('workflow', ['motion', 'saved', 'specification', 'model']);
  if (kind === 'motion') return { kind };
  if (kind === 'model') return parseModel(fields);
  if (kind === 'saved') {
    if (server.kind === 'demo') {
      throw fields.invalid('workflow', 'is a saved one', 'the built-in demo only runs motion detection; choose that');
    }
    const version = fields.text('workflowVersion') || undefined;
    return {
      kind,
      workspaceName: fields.requiredText('workspace', 'enter the name of the workspace as its address shows it'),
      workflowId: fields.requiredText('workflowId', 'enter the id of the workflow as its address shows it'),
      ...present('workflowVersionId', version),
    };
  }
  const specification = fields.json('specification');
  if (specification === undefined) {
    throw fields.invalid('specification', 'is empty', 'paste the workflow as JSON or choose another kind');
  }
  return { kind, specification };
}

function parseModel(fields: ConfigReader): ModelWorkflow {
  const taskType = fields.choice('taskType', ['auto', ...MODEL_TASK_TYPES]);
  const modelId = fields.requiredText('modelId', 'enter the id of a model, such as rfdetr-nano or my-project/3');
  return { kind: 'model', modelId, ...(taskType === 'auto' ? {} : { taskType }) };
}

/** The outputs of a model are known: its picture, and its predictions with each. */
function parseOutputs(fields: ConfigReader, isModel: boolean): OutputPolicy {
  const byHand = fields.choice('data', ['auto', 'hand']) === 'hand';
  return {
    video: fields.choice('video', ['auto', 'always', 'never']),
    imageOutput: fields.text('imageOutput') || (isModel ? 'image' : null),
    data: byHand ? fields.names('dataOutputs') : 'auto',
    ...(isModel ? { withPictures: ['predictions'] } : {}),
  };
}

function parseLifetime(fields: ConfigReader): number | null | undefined {
  const kind = fields.choice('lifetime', ['server', 'unlimited', 'seconds']);
  if (kind === 'server') return undefined;
  if (kind === 'unlimited') return null;
  const seconds = fields.number('lifetimeSeconds', { min: 1, max: MAX_LIFETIME_S, integer: true });
  if (seconds !== undefined) return seconds;
  throw fields.invalid('lifetimeSeconds', 'is empty', 'enter the seconds or choose another kind');
}

function parseHosted(fields: ConfigReader): Pick<SessionSettings, 'requestedPlan' | 'requestedRegion'> {
  return {
    ...present('requestedPlan', fields.text('plan') || undefined),
    ...present('requestedRegion', fields.text('region') || undefined),
  };
}
