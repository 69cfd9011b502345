import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, EditorDriver } from '../nodes/editor-driver';
import { NodeRed, PACKAGE_ROOT } from '../nodes/node-red';
import { oversizedDialogs } from '../nodes/oversized-dialogs';
import { install, pack } from './installations';
import type { Platform } from './installations';

const PLATFORMS: Platform[] = [
  { node: 20, nodeRed: '4.1' },
  { node: 22, nodeRed: '5' },
  { node: 24, nodeRed: '5' },
  // This npm runs no install scripts: nothing of the package may need one.
  { node: 26, nodeRed: '5', npm: 12 },
];
const EXAMPLES = path.join(PACKAGE_ROOT, 'examples');

type FlowNode = Record<string, unknown> & { id: string; type: string };
const example = (name: string) => JSON.parse(readFileSync(path.join(EXAMPLES, name), 'utf8')) as FlowNode[];
const isLive = /^live, \d+\.\d fps$/;

let packed: string;
let tarball: string;

beforeAll(() => {
  packed = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-packed-'));
  tarball = pack(packed);
});
afterAll(() => rmSync(packed, { recursive: true, force: true }));

describe.each(PLATFORMS)('the packed package on Node $node with Node-RED $nodeRed', (platform) => {
  let nodeRed: NodeRed;
  let remove: () => void;

  beforeAll(async () => {
    const installation = install(tarball, platform);
    ({ remove } = installation);
    nodeRed = await new NodeRed('editor', installation).ready();
  });
  afterAll(async () => {
    await nodeRed.stop();
    remove();
  });

  it('loads every node, and every example deploys as far as its nodes are installed', async () => {
    const response = await fetch(`${nodeRed.url}nodes`, { headers: { accept: 'application/json' } });
    const sets = (await response.json()) as { types: string[]; err?: string }[];
    expect(sets.filter(({ err }) => err !== undefined)).toEqual([]);
    const known = new Set(sets.flatMap(({ types }) => types));
    expect([...known]).toEqual(expect.arrayContaining(['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame']));
    for (const name of readdirSync(EXAMPLES)) {
      const flow = example(name);
      const own = flow.find(({ type, d }) => type === 'webrtc-stream' && d !== true);
      const from = nodeRed.heard.length;
      await nodeRed.deploy(flow);
      // With a module of others missing Node-RED waits for it and starts nothing.
      const isWhole = flow.every(({ type }) => known.has(type) || type === 'tab' || type === 'group');
      if (own !== undefined && isWhole)
        await nodeRed.first((heard) => heard.kind === 'status' && heard.id === own.id, { from });
    }
    expect(nodeRed.alive).toBe(true);
    expect(nodeRed.output).not.toMatch(/uncaught|unhandled/i);
  });

  it('streams the first flow, and stops it', async () => {
    const flow = example('getting-started.json');
    const stream = flow.find(({ type }) => type === 'webrtc-stream');
    if (stream === undefined) throw new Error('the example has no stream');
    const from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    await nodeRed.status(stream.id, isLive, { from });
    const picture = await fetch(`${nodeRed.url}http/live.jpg`);
    expect(Buffer.from(await picture.arrayBuffer()).readUInt16BE(0)).toBe(0xffd8);
  });

  // Of Node-RED 4 test/nodes/dialogs.test.ts sees the same.
  it.skipIf(!existsSync(CHROMIUM) || platform.node !== 24)(
    'shows all rows of every dialog on a small laptop (needs chromium)',
    async () => {
      await nodeRed.deploy(example('getting-started.json'));
      const editor = await EditorDriver.start();
      try {
        await editor.page.setViewportSize({ width: 1366, height: 768 });
        await editor.goto(nodeRed.url);
        expect(await oversizedDialogs(editor)).toEqual([]);
      } finally {
        await editor.close();
      }
    },
  );

  // Node-RED 4 has no dark theme of its own.
  const themes = platform.nodeRed.startsWith('4') ? (['light'] as const) : (['light', 'dark'] as const);
  it.skipIf(!existsSync(CHROMIUM)).each(themes)(
    'opens, fills, saves and reopens each dialog in the %s theme (needs chromium)',
    async (theme) => {
      await nodeRed.deploy(example('getting-started.json'));
      const editor = await EditorDriver.start();
      try {
        await editor.goto(nodeRed.url);
        if (theme === 'dark') await editor.useTheme(theme, nodeRed.url);
        expect(await editor.page.locator('html.nr-theme-dark').count()).toBe(theme === 'dark' ? 1 : 0);
        for (const type of ['webrtc-stream', 'on-data', 'on-frame']) await renamed(editor, type);
        const session = await editor.sessionId();
        const before = await editor.exported(session);
        await editor.openSession(session);
        expect(await editor.untranslated()).toEqual([]);
        await editor.closeSession('ok');
        expect(await editor.exported(session)).toEqual(before);
        expect(editor.faults).toEqual([]);
      } finally {
        await editor.close();
      }
    },
  );
});

/** Gives a node another name in its dialog, and sees that this is all that changes, also when it is opened again. */
async function renamed(editor: EditorDriver, type: string): Promise<void> {
  const id = await editor.nodeId(type);
  const before = placeless(await editor.exported(id));
  await editor.open(id);
  expect(await editor.untranslated()).toEqual([]);
  await editor.page.locator('#node-input-name').fill('another name');
  await editor.done();
  const after = { ...before, name: 'another name' };
  expect(placeless(await editor.exported(id))).toEqual(after);
  await editor.open(id);
  await editor.done();
  expect(placeless(await editor.exported(id))).toEqual(after);
}

/** A longer name makes a node wider, which moves its middle. */
function placeless(node: Record<string, unknown> | undefined): Record<string, unknown> {
  return { ...node, x: 0 };
}
