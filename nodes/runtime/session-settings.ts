/** The configuration of a `webrtc-session` node, parsed once: typed settings, or INVALID_OPTION. */
import type { NetworkOptions, RolloverOptions, ServerOptions } from '../../src/index';
import { isTimeOfDay, SessionError } from '../../src/index';
import { ConfigReader, ownerName } from './config-reader';
import type { SharedNodes } from './shared-nodes';
import { parseNetwork } from './network-settings';
import { present } from './present';
import { upToDate } from './up-to-date';
import { parseWorkflow } from './workflow-choice';
import type { WorkflowSettings } from './workflow-choice';
import { parseParameters } from './workflow-parameters';
import type { ParameterSetting } from './workflow-parameters';

/** Where the inference server is. */
export type ServerSettings =
  { kind: 'demo' } | ({ kind: 'own' | 'hosted' } & Pick<ServerOptions, 'url' | 'apiKey' | 'apiKeyTransport'>);

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
  parameters?: readonly ParameterSetting[];
  /** Dry run: blocks that notify, upload or store do nothing. */
  disableSinks?: true;
  declaredFps?: number;
  /** Seconds, null = no limit, left out = the server's default. */
  processingTimeoutS?: number | null;
  requestedPlan?: string;
  requestedRegion?: string;
  network: NetworkOptions;
  reconnect: boolean;
  rollover: RolloverOptions;
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
  const fields = new ConfigReader(upToDate('webrtc-session', config), owner);
  const secrets = new ConfigReader(credentials, owner);
  const server = parseServer(fields, secrets);
  const workflow = parseWorkflow(fields, server.kind === 'demo');
  return {
    server,
    workflow,
    outputs: parseOutputs(fields, workflow.kind === 'model'),
    network: parseNetwork({ fields, secrets, shared }),
    reconnect: fields.flag('reconnect', true),
    rollover: parseRollover(fields),
    thread: fields.choice('thread', ['worker', 'none']),
    ...present('imageInputName', fields.text('imageInput') || undefined),
    ...present('parameters', parseParameters(fields)),
    ...(fields.flag('disableSinks', false) ? { disableSinks: true } : {}),
    ...present('declaredFps', fields.number('declaredFps', { min: 0.01, max: 240 })),
    ...present('processingTimeoutS', parseLifetime(fields, server)),
    ...(server.kind === 'hosted' ? parseHosted(fields) : {}),
    ...present('ffmpegPath', fields.text('ffmpegPath') || undefined),
  };
}

/** Throws INVALID_OPTION or API_KEY_REJECTED. */
export function parseServer(fields: ConfigReader, secrets: ConfigReader): ServerSettings {
  const kind = fields.choice('server', ['demo', 'own', 'hosted']);
  if (kind === 'demo') return { kind };
  const apiKey = secrets.text('apiKey') || undefined;
  const transport = fields.choice('keyTransport', ['legacy', 'both', 'header']);
  const key = { ...present('apiKey', apiKey), ...(transport === 'legacy' ? {} : { apiKeyTransport: transport }) };
  if (kind === 'own') return { kind, url: parseUrl(fields, 'url'), ...key };
  if (apiKey === undefined) {
    const message = `${fields.owner}: Roboflow Hosted needs an API key: enter it in the node.`;
    throw new SessionError('API_KEY_REJECTED', message);
  }
  return { kind, url: parseUrl(fields, 'hostedUrl'), ...key };
}

function parseUrl(fields: ConfigReader, field: string): string {
  const text = fields.requiredText(field, 'enter the address of the server, such as http://192.168.1.20:9001');
  // A template is judged when a stream starts.
  if (text.includes('{{') || isServerUrl(text)) return text.replace(/\/+$/, '');
  throw fields.invalid(field, 'is not an http or https address', 'enter it as http://host:9001 or https://host');
}

/** Whether an inference server can be there. */
export function isServerUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:';
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

/** `auto`: a server of one's own needs no limit, a billed one keeps its own. */
function parseLifetime(fields: ConfigReader, server: ServerSettings): number | null | undefined {
  const kind = fields.choice('lifetime', ['server', 'auto', 'unlimited', 'seconds']);
  if (kind === 'auto') return server.kind === 'hosted' ? undefined : null;
  if (kind === 'server') return undefined;
  if (kind === 'unlimited') return null;
  const seconds = fields.number('lifetimeSeconds', { min: 1, max: MAX_LIFETIME_S, integer: true });
  if (seconds !== undefined) return seconds;
  throw fields.invalid('lifetimeSeconds', 'is empty', 'enter the seconds or choose another kind');
}

function parseRollover(fields: ConfigReader): RolloverOptions {
  const mode = fields.choice('rollover', ['automatic', 'daily', 'off']);
  if (mode !== 'daily') return { mode };
  const at = fields.requiredText('rolloverAt', 'enter a time of day, such as 03:30');
  if (isTimeOfDay(at)) return { mode, at };
  throw fields.invalid('rolloverAt', `is "${at}"`, 'enter hours and minutes, such as 03:30');
}

function parseHosted(fields: ConfigReader): Pick<SessionSettings, 'requestedPlan' | 'requestedRegion'> {
  return {
    ...present('requestedPlan', fields.text('plan') || undefined),
    ...present('requestedRegion', fields.text('region') || undefined),
  };
}
