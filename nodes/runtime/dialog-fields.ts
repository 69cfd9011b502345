/**
 * What a dialog sends of a node that may not be deployed yet: its fields in, the same with every `${NAME}` filled in as
 * on deploy out, and the deployed node that holds what the editor never sees.
 */
import type { Node, NodeAPI } from 'node-red';
import { isRecord } from '../../src/index';

/** What the editor shows in place of a secret that stays in the runtime. */
export const KEPT_SECRET = '__PWRD__';
const VARIABLE = /^\$\{([^}]+)\}$/;

/** The deployed node of this id and type, if there is one. */
export function deployedNode(RED: NodeAPI, id: unknown, type: string): Node<object> | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  const node = RED.nodes.getNode(id);
  // Null for a node that does not exist, whatever the types say.
  const found: unknown = node;
  return isRecord(found) && node.type === type ? node : undefined;
}

/** With the environment of `node`; of a node that is not deployed, with that of the process. */
export function filledIn(
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
