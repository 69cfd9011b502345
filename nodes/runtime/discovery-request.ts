/**
 * What the dialog of a session asks about a server: the fields of a `webrtc-session` that may not be deployed yet in,
 * whom to ask about which workflow out. A key that the editor never saw comes from the deployed node, and goes only to
 * the address that it was deployed with, by the same TLS configuration and proxy.
 */
import type { Node, NodeAPI } from 'node-red';
import { DEMO_WORKFLOW_SPECIFICATION, isRecord, SessionError } from '../../src/index';
import type { DiscoveryOptions, WorkflowOptions } from '../../src/index';
import { ConfigReader } from './config-reader';
import { deployedNode, filledIn, KEPT_SECRET } from './dialog-fields';
import { reachServer } from './open-stream';
import { present } from './present';
import { runtimeSettings } from './runtime-settings';
import { parseServer } from './session-settings';
import type { ServerSettings } from './session-settings';
import { parseProxy, parseTls } from './shared-nodes';
import { parseWorkflow } from './workflow-choice';

/** See the file header. */
export interface DiscoveryRequest {
  options: Omit<DiscoveryOptions, 'signal'>;
  /** Null: not chosen yet, or not known before a stream starts. */
  workflow: WorkflowOptions | null;
  /** Gives the demo server back. Never rejects. */
  release: () => Promise<void>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Rejects INVALID_OPTION, API_KEY_REJECTED, or with why the built-in demo cannot run. */
export async function discoveryRequest(RED: NodeAPI, body: Fields): Promise<DiscoveryRequest> {
  const node = deployedNode(RED, body['id'], 'webrtc-session');
  const fields = filledIn(RED, body, node);
  const reader = new ConfigReader(fields, 'webrtc-session');
  const secrets = new ConfigReader({ apiKey: keyFor(fields, node) }, 'webrtc-session');
  const settings = parseServer(reader, secrets);
  const workflow = chosenWorkflow(reader, fields, settings);
  const shared = { tls: chosenNode(RED, fields['tls']), proxy: chosenNode(RED, fields['proxy']) };
  const network = { ...present('tls', parseTls(reader, shared)), ...present('proxy', parseProxy(reader, shared)) };
  const runtime = runtimeSettings(RED.settings);
  const ffmpegPath = reader.text('ffmpegPath') || runtime.ffmpegPath;
  const { server, release } = await reachServer(
    { server: settings },
    { ...runtime, ...present('ffmpegPath', ffmpegPath) },
  );
  return { options: { server, network }, workflow, release };
}

/** The address of the server that fields name, in one spelling; undefined for the built-in demo and for none. */
export function serverAddress(fields: unknown): string | undefined {
  if (!isRecord(fields) || (fields['server'] !== 'own' && fields['server'] !== 'hosted')) return undefined;
  const text = fields[fields['server'] === 'own' ? 'url' : 'hostedUrl'];
  const url = typeof text === 'string' && URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  return url === undefined ? undefined : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Where a key goes: whoever chooses the proxy, or what is trusted to be the server, chooses who may read it. */
export interface KeyPlace {
  address: string;
  /** Ids of the nodes; empty: none. */
  tls: string;
  proxy: string;
}

/** Undefined for the built-in demo and for no address. */
export function keyPlace(fields: unknown): KeyPlace | undefined {
  const address = serverAddress(fields);
  if (address === undefined || !isRecord(fields)) return undefined;
  return { address, tls: chosenId(fields['tls']), proxy: chosenId(fields['proxy']) };
}

/** A node that remembers where its key was deployed to go. */
export interface KeyedNode {
  keyPlace?: KeyPlace | undefined;
}

function keyFor(fields: Fields, node: (Node<object> & KeyedNode) | undefined): unknown {
  if (fields['apiKey'] !== KEPT_SECRET) return fields['apiKey'];
  const place = keyPlace(fields);
  if (place === undefined || node === undefined) return '';
  const { address, tls, proxy } = node.keyPlace ?? {};
  if (address === place.address && tls === place.tls && proxy === place.proxy)
    return new ConfigReader(node.credentials, 'webrtc-session').text('apiKey');
  const otherWay = address === place.address ? ' by another TLS configuration or proxy' : '';
  const message =
    `The saved API key was entered for ${address ?? 'another server'}. It is not sent to ${place.address}${otherWay} ` +
    'unasked: enter the key again.';
  throw new SessionError('API_KEY_REJECTED', message, { details: { field: 'apiKey' } });
}

function chosenWorkflow(reader: ConfigReader, fields: Fields, server: ServerSettings): WorkflowOptions | null {
  // A template is only filled in when a stream starts.
  if (['workspace', 'workflowId', 'modelId'].some((field) => reader.text(field).includes('{{'))) return null;
  const isOpen = ['workspace', 'workflowId'].some((field) => fields[field] === undefined || fields[field] === '');
  if (fields['workflow'] === 'saved' && isOpen) return null;
  if (fields['workflow'] === 'model' && reader.text('modelId') === '') return null;
  const workflow = parseWorkflow(reader, server.kind === 'demo');
  if (workflow.kind === 'motion') return { kind: 'specification', specification: DEMO_WORKFLOW_SPECIFICATION };
  return workflow.kind === 'specification-from-flow' ? null : workflow;
}

/** The node that a field names; null: none. */
export function chosenNode(RED: NodeAPI, id: unknown): unknown {
  return chosenId(id) === '' ? null : RED.nodes.getNode(chosenId(id));
}

function chosenId(id: unknown): string {
  return typeof id === 'string' ? id : '';
}
