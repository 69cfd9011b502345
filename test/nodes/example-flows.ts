/** The flows of examples/, and changes that tests make to them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from './node-red';

export interface FlowNode {
  id: string;
  type: string;
  name?: string;
  [field: string]: unknown;
}

export const EXAMPLES = path.join(PACKAGE_ROOT, 'examples');

export const example = (file: string): FlowNode[] =>
  JSON.parse(readFileSync(path.join(EXAMPLES, file), 'utf8')) as FlowNode[];

/** The id of the first node of this type, and with this name where one is given. */
export function idOf(flow: readonly FlowNode[], type: string, name?: string): string {
  const node = flow.find((candidate) => candidate.type === type && (name === undefined || candidate.name === name));
  if (node === undefined) throw new Error(`no ${type} ${name ?? ''} in the flow`);
  return node.id;
}

/** The flow with every node changed that is of this type, or has this type and name. */
export function changed(
  flow: readonly FlowNode[],
  which: string | { type: string; name: string },
  change: object,
): FlowNode[] {
  const wanted = typeof which === 'string' ? { type: which, name: undefined } : which;
  const fits = ({ type, name }: FlowNode) => type === wanted.type && (wanted.name ?? name) === name;
  return flow.map((node) => (fits(node) ? { ...node, ...change } : node));
}
