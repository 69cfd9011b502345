/** The example of a slow flow, deployed in a real Node-RED. Needs ../shared/media. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeRed, PACKAGE_ROOT } from './node-red';

const CLIP = path.join(PACKAGE_ROOT, '../shared/media/rotated.mp4');
const FRAMES = 30;

interface FlowNode {
  id: string;
  type: string;
  name?: string;
  props?: { p: string; v: string }[];
}

let nodeRed: NodeRed;
beforeAll(async () => {
  nodeRed = await new NodeRed('headless').ready();
});
afterAll(() => nodeRed.stop());

describe.skipIf(!existsSync(CLIP))('slow-flow-acknowledged.json', () => {
  it('works through every frame, with at most ten waiting, by way of the complete node', async () => {
    const text = readFileSync(path.join(PACKAGE_ROOT, 'examples/slow-flow-acknowledged.json'), 'utf8');
    const flow = (JSON.parse(text) as FlowNode[]).map((node) => {
      if (node.type !== 'inject') return node;
      const props = node.props?.map((prop) => (prop.p === 'video' ? { ...prop, v: CLIP } : prop));
      return { ...node, props, once: true };
    });
    const slow = flow.find(({ name }) => name === 'slow work')?.id ?? '';
    await nodeRed.deploy(flow);
    const last = await nodeRed.status(slow, new RegExp(`^${FRAMES} done`), { timeoutMs: 50_000 });
    const most = /at most (\d+) waiting/.exec(last.kind === 'status' ? (last.status.text ?? '') : '')?.[1];
    // The one at work, eight that the server works ahead, one on its way: far fewer than without acknowledgements.
    expect(Number(most)).toBeLessThanOrEqual(10);
    expect(
      nodeRed.heard.flatMap((heard) => (heard.kind === 'debug' && heard.name === 'failures' ? [heard.msg] : [])),
    ).toEqual([]);
    await nodeRed.deploy([]);
  });
});
