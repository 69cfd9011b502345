import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM, EditorDriver } from './editor-driver';
import type { EditorGlobal, EditorNode } from './editor-driver';
import { NodeRed, PACKAGE_ROOT } from './node-red';

declare const RED: EditorGlobal;
/** The editor's jQuery, as far as it is needed. */
declare const $: (selector: string) => { last(): { typedInput(...call: string[]): unknown } };

let nodeRed: NodeRed;
let editor: EditorDriver;
let page: Page;
let faults: string[];

// An FFmpeg with webcams; what has nothing to do with them goes to the real one.
const ffmpegPath = path.join(PACKAGE_ROOT, 'test/fixtures/programs/ffmpeg-with-webcams.sh');
const example = readFileSync(path.join(PACKAGE_ROOT, 'examples/getting-started.json'), 'utf8');
const flow = (JSON.parse(example) as { type: string }[]).map((node) =>
  node.type === 'webrtc-session' ? { ...node, ffmpegPath } : node,
);

describe.skipIf(!existsSync(CHROMIUM))('the editor (needs chromium)', () => {
  beforeAll(async () => {
    nodeRed = await new NodeRed('editor').ready();
    await nodeRed.deploy(flow);
    editor = await EditorDriver.start();
    ({ page, faults } = editor);
  });
  afterAll(async () => {
    await editor.close();
    await nodeRed.stop();
  });
  beforeEach(async () => {
    await editor.goto(nodeRed.url);
  });

  it.each(['webrtc-stream', 'on-data', 'on-frame'])(
    'opens the dialog of %s, and Done changes nothing',
    async (type) => {
      const id = await nodeId(type);
      const before = await exported(id);
      await open(id);
      expect(await untranslated()).toEqual([]);
      await done();
      expect(await exported(id)).toEqual(before);
      expect(await page.evaluate((nodeId) => RED.nodes.node(nodeId).valid, id)).toBe(true);
      expect(faults).toEqual([]);
    },
  );

  it('opens the dialog of webrtc-session with all its tabs, and Update changes nothing', async () => {
    const id = await sessionId();
    const before = await exported(id);
    await openSession(id);
    for (const tab of ['server', 'workflow', 'inputs', 'outputs', 'connection', 'network', 'live'])
      await editor.tab(`webrtc-session-tab-${tab}`);
    expect(await untranslated()).toEqual([]);
    await closeSession('ok');
    expect(await exported(id)).toEqual(before);
    expect(faults).toEqual([]);
  });

  it('has help for every node', async () => {
    for (const type of ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame']) {
      const help = await page.evaluate((name) => RED.nodes.getNodeHelp(name), type);
      expect(help).toContain('<h3>Details</h3>');
    }
  });

  it('is sent labels and help in the language of the browser', async () => {
    const ask = async (what: string, accept: string): Promise<string> =>
      (await fetch(`${nodeRed.url}${what}`, { headers: { accept, 'accept-language': 'de' } })).text();
    expect(await ask('nodes/messages?lng=de', 'application/json')).toContain('Eingebaute Demo');
    expect(await ask('nodes', 'text/html')).toContain('Sendet die Ausgaben des Workflows');
  });

  it('labels the outputs of on-data with the names of its fields', async () => {
    const labels = await page.evaluate(
      (id) => {
        const node = RED.nodes.node(id);
        const { outputLabels } = node['_def'] as unknown as {
          outputLabels: (this: EditorNode, index: number) => string;
        };
        return [0, 1, 2].map((index) => outputLabels.call(node, index));
      },
      await nodeId('on-data'),
    );
    expect(labels).toEqual(['predictions', 'motion', 'errors']);
  });

  it('keeps the wires of each field when fields are dragged, removed and added', async () => {
    const id = await nodeId('on-data');
    expect(await wires(id)).toEqual({
      predictions: ['count objects'],
      motion: ['when it changes'],
      errors: ['errors of the workflow'],
    });

    await open(id);
    await dragRow(1, 0);
    await done();
    expect(await fields(id)).toEqual(['motion', 'predictions']);
    const moved = { motion: ['when it changes'], predictions: ['count objects'], errors: ['errors of the workflow'] };
    expect(await wires(id)).toEqual(moved);

    await open(id);
    await page.locator('#on-data-form .red-ui-editableList-addButton').click();
    await page.locator('.on-data-field').last().fill('alarm');
    await page.locator('#node-input-wholeDictionary').check();
    await done();
    expect(await fields(id)).toEqual(['motion', 'predictions', 'alarm']);
    expect(await outputs(id)).toBe(5);
    expect(await wires(id)).toEqual(moved);

    await open(id);
    await page.locator('#on-data-fields .red-ui-editableList-item-remove').first().click();
    await page.locator('#on-data-fields .on-data-field').nth(2).waitFor({ state: 'detached' });
    await done();
    expect(await fields(id)).toEqual(['predictions', 'alarm']);
    expect(await wires(id)).toEqual({ predictions: ['count objects'], errors: ['errors of the workflow'] });

    await open(id);
    await page.locator('#node-input-frameErrors').uncheck();
    await done();
    expect(await outputs(id)).toBe(3);
    expect(await wires(id)).toEqual({ predictions: ['count objects'] });
    expect(faults).toEqual([]);
  });

  it('keeps paths and conditions of fields with their wires, and says what is no path', async () => {
    const id = await nodeId('on-data');
    await open(id);
    await page.locator('.on-data-emit').nth(1).selectOption('change');
    await page.locator('.on-data-field').first().fill('predictions.predictions');
    await dragRow(1, 0);
    await page.locator('#node-input-endOfStream').check();
    await done();
    const saved = [{ path: 'motion', emit: 'change' }, 'predictions.predictions'];
    expect(await fields(id)).toEqual(saved);
    expect(await outputs(id)).toBe(4);
    expect(Object.values(await wires(id))).toEqual(
      expect.arrayContaining([['when it changes'], ['count objects'], ['errors of the workflow']]),
    );
    await open(id);
    expect(await page.locator('.on-data-emit').first().inputValue()).toBe('change');
    await done();
    expect(await fields(id)).toEqual(saved);
    const wrong = async (path: string): Promise<string[]> =>
      page.evaluate(
        ([nodeId, text]) => {
          const node = Object.assign(RED.nodes.node(nodeId), { fields: [text] });
          RED.editor.validateNode(node);
          return node.validationErrors ?? [];
        },
        [id, path] as const,
      );
    expect(await wrong('a..b')).toEqual(['“a..b” is no path: write output, output.field or output.list[0]']);
    // What the runtime reads is right here too.
    for (const path of ['.motion', '["motion"]', 'predictions.predictions[0]']) expect(await wrong(path)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('says that * silences a picture, wherever it is asked for, and where it cannot be asked for', async () => {
    const id = await nodeId('on-data');
    const problem = page.locator('.red-ui-tray .webrtc-problem');
    const silenced = problem.filter({ hasText: '"image" is a picture, and * (all outputs in one message' });
    const solved = problem.filter({ hasText: /^$/ });
    await open(id);
    await page.locator('.on-data-field').first().fill('image');
    await solved.waitFor({ state: 'attached' });
    await page.locator('#node-input-wholeDictionary').check();
    await silenced.waitFor();
    await page.locator('#node-input-wholeDictionary').uncheck();
    await solved.waitFor({ state: 'attached' });
    await done();
    const judged = async (data: string) =>
      page.evaluate(
        ([nodeId, session, kind]) => {
          Object.assign(RED.nodes.node(session), { data: kind, dataOutputs: '*' });
          if (kind === 'saved upload') {
            Object.assign(RED.nodes.node(session), { data: 'auto', workflow: 'saved' });
            Object.assign(RED.nodes.filterNodes({ type: 'webrtc-stream' })[0] ?? {}, { source: 'upload' });
            Object.assign(RED.nodes.node(nodeId), { wholeDictionary: true });
          }
          RED.editor.validateNode(RED.nodes.node(nodeId));
          return RED.nodes.node(nodeId).validationErrors ?? [];
        },
        [id, await sessionId(), data] as const,
      );
    expect(await judged('hand')).toEqual([expect.stringContaining('or take the picture from on-frame')]);
    expect(await judged('auto')).toEqual([]);
    expect(await judged('saved upload')).toEqual([expect.stringContaining('cannot be asked of a saved workflow')]);
    expect(faults).toEqual([]);
  });

  it('says in a sentence what is wrong with a session, and takes environment variables', async () => {
    const id = await sessionId();
    const set = async (values: Record<string, unknown>): Promise<string[]> =>
      page.evaluate(
        ([nodeId, changes]) => {
          const node = Object.assign(RED.nodes.node(nodeId), changes);
          RED.editor.validateNode(node);
          return node.validationErrors ?? [];
        },
        [id, values] as const,
      );
    expect(await set({ server: 'own', url: '' })).toEqual(['Enter the address as http://host:9001 or https://host']);
    expect(await set({ url: '${SERVER}', connectTimeout: '${SECONDS}', declaredFps: '${FPS}' })).toEqual([]);
    expect(await set({ connectTimeout: '999' })).toEqual([
      'The time to connect must be from 1 to 300 seconds, or empty',
    ]);
    expect(await set({ connectTimeout: '', workflow: 'saved', workspace: 'acme', workflowId: 'count' })).toEqual([]);
    expect(await set({ server: 'demo' })).toEqual([
      'The built-in demo cannot load saved workflows: choose motion detection or another server',
    ]);
    expect(await set({ workflow: 'specification', specification: '[1]' })).toEqual([
      'The specification must be a JSON object',
    ]);
  });

  it('keeps the parameters of a workflow with their types, those of older nodes too', async () => {
    const id = await sessionId();
    await page.evaluate((nodeId) => {
      const older = { workflow: 'specification', specification: '{"version":"1.0"}', parameters: '{"a":0.5,"b":"x"}' };
      Object.assign(RED.nodes.node(nodeId), older, { schema: undefined });
    }, id);
    await openSession(id);
    await editor.tab('webrtc-session-tab-inputs');
    await page.locator('#webrtc-session-tab-inputs .red-ui-editableList-addButton').click();
    await page.locator('.webrtc-parameter-name').last().fill('zone');
    await page.evaluate(() => {
      const typed = (selector: string, ...call: string[]) =>
        $(selector)
          .last()
          .typedInput(...call);
      typed('.webrtc-parameter-value', 'type', 'msg');
      typed('.webrtc-parameter-value', 'value', 'payload.zone');
      typed('#node-config-input-specification', 'type', 'flow');
      typed('#node-config-input-specification', 'value', 'workflow');
    });
    await page.locator('#node-config-input-disableSinks').check();
    await closeSession('ok');
    const saved = {
      specificationType: 'flow',
      specification: 'workflow',
      disableSinks: true,
      parameters: [
        { name: 'a', type: 'num', value: '0.5' },
        { name: 'b', type: 'str', value: 'x' },
        { name: 'zone', type: 'msg', value: 'payload.zone' },
      ],
    };
    expect(await exported(id)).toMatchObject(saved);
    expect(await page.evaluate((nodeId) => RED.nodes.node(nodeId).valid, id)).toBe(true);
    await openSession(id);
    await closeSession('ok');
    expect(await exported(id)).toMatchObject(saved);
    const wrong = await page.evaluate((nodeId) => {
      const node = Object.assign(RED.nodes.node(nodeId), { parameters: [{ name: 'n', type: 'num', value: 'x' }] });
      RED.editor.validateNode(node);
      return node.validationErrors;
    }, id);
    expect(wrong).toEqual(['The parameter "n" needs a name, and a value of its type']);
    expect(faults).toEqual([]);
  });

  it('shows the rows of each source, and judges its address', async () => {
    const id = await nodeId('webrtc-stream');
    await open(id);
    const visible = (field: string) => page.locator(`#node-input-${field}`).isVisible();
    const choose = (source: string) => page.locator('#node-input-source').selectOption(source);
    await choose('server-rtsp');
    expect(await Promise.all(['url', 'username', 'password', 'video', 'path'].map(visible))).toEqual([
      ...[true, true, true, false, false],
    ]);
    await page.locator('#node-input-url').fill('http://192.168.1.30/video.mjpg');
    await page.locator('#node-input-name').focus();
    await page.locator('#node-input-url.input-error').waitFor();
    await choose('server-mjpeg');
    await page.locator('#node-input-url.input-error').waitFor({ state: 'detached' });
    expect(await untranslated()).toEqual([]);
    await done();
    expect(await exported(id)).toMatchObject({ source: 'server-mjpeg', url: 'http://192.168.1.30/video.mjpg' });
    expect(faults).toEqual([]);
  });

  it('lists the webcams of the machine and takes the one chosen', async () => {
    const id = await nodeId('webrtc-stream');
    await open(id);
    await page.locator('#node-input-source').selectOption('webcam');
    expect(await page.locator('#webrtc-stream-webcams').isVisible()).toBe(false);
    await page.locator('#webrtc-stream-find-webcams').click();
    const choices = page.locator('#webrtc-stream-webcams option');
    await page.locator('#webrtc-stream-webcams').waitFor();
    expect((await choices.allTextContents()).slice(1)).toEqual([
      'HD Pro Webcam C920 (/dev/video0)',
      'H264 USB Camera: USB Camera (/dev/video2), H.264 of its own',
      'Integrated Camera: Integrated C (/dev/video4)',
      'Document Camera (/dev/video6), cannot be used now',
    ]);
    await page.locator('#webrtc-stream-webcams').selectOption({ index: 4 });
    await page.locator('#webrtc-stream-webcam-note', { hasText: 'group "video"' }).waitFor();
    await page.locator('#webrtc-stream-webcams').selectOption({ index: 2 });
    await page.locator('#webrtc-stream-webcam-note', { hasText: '1920x1080, 1280x720, 640x480' }).waitFor();
    expect(await page.locator('#node-input-width').getAttribute('placeholder')).toBe('auto');
    await page.locator('#node-input-width').fill('3840');
    await page.locator('#node-input-name').focus();
    await page.locator('#node-input-width.input-error').waitFor({ state: 'detached' });
    expect(await untranslated()).toEqual([]);
    await done();
    expect(await exported(id)).toMatchObject({ source: 'webcam', device: '/dev/video2' });
    expect(faults).toEqual([]);
  });

  it('tests a camera that is not deployed yet: what it delivers, a picture, or what is wrong', async () => {
    const id = await nodeId('webrtc-stream');
    await open(id);
    const note = page.locator('#webrtc-stream-test-note');
    const test = async (says: RegExp) => {
      await page.locator('#webrtc-stream-test').click();
      await note.filter({ hasText: says }).waitFor({ timeout: 40_000 });
    };
    await page.locator('#node-input-source').selectOption('stream');
    await page.locator('#node-input-url').fill('rtsp://127.0.0.1:9/live');
    await page.locator('#node-input-password').fill('s3cret-word');
    await test(/rtsp:\/\/127\.0\.0\.1:9\/live refused the connection: check address and port/);
    expect(await page.locator('.red-ui-tray').innerText()).not.toContain('s3cret-word');
    await page.locator('#node-input-url').fill('/no/such/clip.mp4');
    await test(/\/no\/such\/clip\.mp4 does not exist/);
    await page.locator('#node-input-url').fill('{{payload.camera}}');
    await test(/\{\{payload\.camera\}\} in "url" has no value/);
    await page.locator('#node-input-source').selectOption('webcam');
    await test(/It works: Motion JPEG, 768x576, 10 pictures a second\. The video has to be encoded/);
    expect(await note.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(640);
    await page.locator('#node-input-device').fill('/dev/video2');
    await test(/It works: H\.264, 768x576, 10 pictures a second\. The video is passed through as it is/);
    await page.locator('#node-input-device').fill('/dev/video4');
    await test(/\/dev\/video4 is used by another program/);
    expect(await untranslated()).toEqual([]);
    await done();
    expect(faults).toEqual([]);
  });

  it('gives on-frame an input in the modes that have one, and takes it away again', async () => {
    const id = await nodeId('on-frame');
    const inputs = () => page.evaluate((nodeId) => RED.nodes.node(nodeId)['inputs'], id);
    const choose = async (pace: string, visible: string) => {
      await open(id);
      await editor.tab('on-frame-tab-send');
      await page.locator('#node-input-pace').selectOption(pace);
      expect(await page.locator(visible).isVisible()).toBe(true);
      await done();
    };
    expect(await inputs()).toBe(0);
    await choose('request', '#node-input-waitSeconds');
    expect(await inputs()).toBe(1);
    await choose('limit', '#node-input-perSecond');
    expect(await inputs()).toBe(0);
    await open(id);
    await editor.tab('on-frame-tab-send');
    await page.locator('#node-input-perSecond').fill('1000');
    await page.locator('#node-input-perSecond').press('Tab');
    await page.locator('#node-input-perSecond.input-error').waitFor();
    await page.locator('#node-input-perSecond').fill('${RATE}');
    await editor.tab('on-frame-tab-picture');
    await page.locator('#node-input-format').selectOption('gray8');
    expect(await page.locator('#node-input-quality').isVisible()).toBe(false);
    await done();
    expect(await exported(id)).toMatchObject({ pace: 'limit', perSecond: '${RATE}', format: 'gray8', inputs: 0 });
    expect(faults).toEqual([]);
  });

  it('moves user and password of a pasted address to where they are encrypted', async () => {
    const id = await nodeId('webrtc-stream');
    await open(id);
    await page.locator('#node-input-source').selectOption('stream');
    await page.locator('#node-input-url').fill('rtsp://admin:p%40ss@192.168.1.30/live');
    await page.locator('#node-input-name').focus();
    expect(await page.locator('#node-input-url').inputValue()).toBe('rtsp://192.168.1.30/live');
    expect(await page.locator('#node-input-password').inputValue()).toBe('p@ss');
    await done();
    expect(JSON.stringify(await exported(id))).not.toContain('p@ss');
    expect(faults).toEqual([]);
  });
});

const nodeId = (type: string) => editor.nodeId(type);
const outputs = (id: string) => page.evaluate((nodeId) => RED.nodes.node(nodeId).outputs, id);
const fields = (id: string) => page.evaluate((nodeId) => RED.nodes.node(nodeId)['fields'], id);
const exported = (id: string) => editor.exported(id);
const sessionId = () => editor.sessionId();
const open = (id: string) => editor.open(id);
const done = () => editor.done();
const openSession = (id: string) => editor.openSession(id);
const closeSession = (button: 'ok' | 'cancel') => editor.closeSession(button);
const untranslated = () => editor.untranslated();

/** Where the wires of an on-data node lead, by the name of their field. */
function wires(id: string): Promise<Record<string, string[]>> {
  return page.evaluate((nodeId) => {
    const node = RED.nodes.node(nodeId);
    const labels = [...(node['fields'] as string[])];
    if (node['wholeDictionary'] === true) labels.push('*');
    if (node['frameErrors'] === true) labels.push('errors');
    const found: Record<string, string[]> = {};
    RED.nodes.eachLink(({ source, sourcePort, target }) => {
      if (source !== node) return;
      const label = labels[sourcePort] ?? `beyond ${sourcePort}`;
      found[label] = [...(found[label] ?? []), target.name];
    });
    return found;
  }, id);
}

async function dragRow(from: number, to: number): Promise<void> {
  const handles = page.locator('#on-data-fields .red-ui-editableList-item-handle');
  const [start, end] = [await handles.nth(from).boundingBox(), await handles.nth(to).boundingBox()];
  if (start === null || end === null) throw new Error('no such row');
  const middle = (box: { x: number; y: number; width: number; height: number }) =>
    [box.x + box.width / 2, box.y + box.height / 2] as const;
  await page.mouse.move(...middle(start));
  await page.mouse.down();
  await page.mouse.move(middle(end)[0], middle(end)[1] - 12, { steps: 15 });
  await page.mouse.up();
}
