/**
 * What a dialog asks to be tested: the fields of a `webrtc-stream` that may not be deployed yet in, a source ready to be
 * opened out. A password that the editor never saw comes from the deployed node; `${NAME}` is filled in as on deploy.
 */
import type { Node, NodeAPI } from 'node-red';
import { SessionError } from '../../src/index';
import type { StreamSpec, WebcamSpec } from '../../src/index';
import { ConfigReader, isRecord } from './config-reader';
import { parseStreamSettings, resolveSource } from './stream-settings';
import { templateScope } from './template-scope';
import type { TemplateScope } from './templates';

/** What the editor shows in place of a password that stays in the runtime. */
const KEPT_PASSWORD = '__PWRD__';
const VARIABLE = /^\$\{([^}]+)\}$/;

/** Rejects INVALID_OPTION or TEMPLATE_UNRESOLVED. */
export async function probeRequest(
  RED: NodeAPI,
  body: Readonly<Record<string, unknown>>,
): Promise<StreamSpec | WebcamSpec> {
  const node = deployedNode(RED, body['id']);
  const fields = filledIn(RED, body, node);
  const { username, password } = fields;
  const kept = new ConfigReader(node?.credentials, 'webrtc-stream').text('password');
  const credentials = { username, password: password === KEPT_PASSWORD ? kept : password };
  const { source } = parseStreamSettings(fields, credentials, 'test');
  const scope = node === undefined ? bareScope() : templateScope(RED, node, {});
  const resolved = (await resolveSource(source, scope)).source;
  if (resolved.kind === 'stream' || resolved.kind === 'webcam') return resolved;
  throw new SessionError('INVALID_OPTION', 'Only cameras, streams, files in real time and webcams can be tested.');
}

function deployedNode(RED: NodeAPI, id: unknown): Node<object> | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  const node = RED.nodes.getNode(id);
  // Null for a node that does not exist, whatever the types say.
  const found: unknown = node;
  return isRecord(found) && node.type === 'webrtc-stream' ? node : undefined;
}

function filledIn(
  RED: NodeAPI,
  body: Readonly<Record<string, unknown>>,
  node: Node | undefined,
): Record<string, unknown> {
  const fill = (value: unknown): unknown => {
    const name = typeof value === 'string' ? VARIABLE.exec(value.trim())?.[1] : undefined;
    if (name === undefined) return value;
    const found: unknown =
      node === undefined ? process.env[name] : RED.util.evaluateNodeProperty(name, 'env', node, {});
    return found === undefined || found === '' ? value : found;
  };
  return Object.fromEntries(Object.entries(body).map(([field, value]) => [field, fill(value)]));
}

/** Of a node that is not deployed: no context, the environment of the process. */
function bareScope(): TemplateScope {
  return {
    message: {},
    environment: (name) => process.env[name],
    context: () => Promise.resolve(undefined),
  };
}
