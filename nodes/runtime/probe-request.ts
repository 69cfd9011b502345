/**
 * What a dialog asks to be tested: the fields of a `webrtc-stream` that may not be deployed yet in, a source ready to be
 * opened out. A password that the editor never saw comes from the deployed node; `${NAME}` is filled in as on deploy.
 */
import type { NodeAPI } from 'node-red';
import { SessionError } from '../../src/index';
import type { StreamSpec, WebcamSpec } from '../../src/index';
import { ConfigReader } from './config-reader';
import { deployedNode, filledIn, KEPT_SECRET } from './dialog-fields';
import { parseStreamSettings, resolveSource } from './stream-settings';
import { templateScope } from './template-scope';
import type { TemplateScope } from './templates';

/** Rejects INVALID_OPTION or TEMPLATE_UNRESOLVED. */
export async function probeRequest(
  RED: NodeAPI,
  body: Readonly<Record<string, unknown>>,
): Promise<StreamSpec | WebcamSpec> {
  const node = deployedNode(RED, body['id'], 'webrtc-stream');
  const fields = filledIn(RED, body, node);
  const { username, password } = fields;
  const kept = new ConfigReader(node?.credentials, 'webrtc-stream').text('password');
  const credentials = { username, password: password === KEPT_SECRET ? kept : password };
  const { source } = parseStreamSettings(fields, credentials, 'test');
  const scope = node === undefined ? bareScope() : templateScope(RED, node, {});
  const resolved = (await resolveSource(source, scope)).source;
  if (resolved.kind === 'stream' || resolved.kind === 'webcam') return resolved;
  throw new SessionError('INVALID_OPTION', 'Only cameras, streams, files in real time and webcams can be tested.');
}

/** Of a node that is not deployed: no context, the environment of the process. */
function bareScope(): TemplateScope {
  return {
    message: {},
    environment: (name) => process.env[name],
    context: () => Promise.resolve(undefined),
  };
}
