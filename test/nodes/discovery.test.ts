/** The way of a new user through the editor: own server, workflow from the list, a field that is offered, live data. */
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interfaceOfSpecification } from '../../src/signalling/workflow-interface';
import { CHROMIUM, EditorDriver } from './editor-driver';
import type { EditorGlobal } from './editor-driver';
import { changed, example } from './example-flows';
import { NodeRed } from './node-red';
import { recordingServer } from './recording-server';
import type { RecordingServer } from './recording-server';

declare const RED: EditorGlobal;
declare const inferenceWebrtcDiscovery: { known(fields: object): unknown };

const KEY = 'rf_typed_key';
let server: RecordingServer;
let nodeRed: NodeRed;
let editor: EditorDriver;
let page: Page;

const SESSION_TABS = ['server', 'workflow', 'inputs', 'outputs', 'connection', 'network', 'live'] as const;
const tab = (name: (typeof SESSION_TABS)[number]) => editor.tab(`webrtc-session-tab-${name}`);
const field = (name: string) => page.locator(`#node-config-input-${name}`);
const answer = (name: string) => page.locator(`#webrtc-session-${name}-note`);
const button = (name: string) => page.getByRole('button', { name, exact: true });
const inputs = () => page.locator('input, select').filter({ visible: true });
const labelled = (name: string) => page.getByLabel(name, { exact: true }).and(inputs());
const onCanvas = (text: string) => page.locator('.red-ui-flow-node-group', { hasText: text });
const says = (place: string, text: RegExp) => answer(place).filter({ hasText: text }).waitFor({ timeout: 40_000 });
const held = (id: string) => page.evaluate((nodeId) => ({ ...RED.nodes.node(nodeId) })['validationErrors'] ?? [], id);

async function testSays(text: RegExp): Promise<void> {
  await tab('server');
  await button('Test connection').click();
  await says('test', text);
}

describe.skipIf(!existsSync(CHROMIUM))('the dialogs of a session and of its listeners (needs chromium)', () => {
  beforeAll(async () => {
    server = await recordingServer();
    process.env['TEST_PLATFORM_URL'] = server.url;
    nodeRed = await new NodeRed('editor').ready();
    delete process.env['TEST_PLATFORM_URL'];
    editor = await EditorDriver.start();
    ({ page } = editor);
    await page.setViewportSize({ width: 1366, height: 768 });
    await editor.gotoEmpty(nodeRed.url);
  });
  afterAll(async () => {
    await editor.close();
    await nodeRed.stop();
    await server.close();
  });

  it('lead from the menu to live data of a workflow from the list, by mouse, labels and buttons alone', async () => {
    await page.locator('#red-ui-header-button-sidemenu').click();
    await page.locator('#menu-item-import').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'Examples' }).click();
    await dialog.getByText('@inference-webrtc/node-red', { exact: true }).click();
    await dialog.getByText('getting-started', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    // Beside what tells that it was imported.
    await page
      .locator('#red-ui-workspace-tabs li', { hasText: 'Getting started' })
      .click({ position: { x: 12, y: 12 } });
    await onCanvas('test pattern').dblclick();
    await editor.opened('#node-dialog-ok');
    await page.locator('#node-input-btn-session-edit').click();
    await editor.opened('#node-config-dialog-ok');
    await labelled('Server').selectOption('own');
    await labelled('Address').fill(server.url);
    await labelled('API key').fill(KEY);
    await button('Test connection').press('Enter');
    await says('test', /The server answers \(version 1\.5\.0\)/);
    expect(await answer('test').locator('li').allInnerTexts()).toEqual([
      ...['The server answers (version 1.5.0).', 'It takes live video.', 'The API key is accepted (workspace demo).'],
      'The workflow is there. Outputs: predictions, motion, alarm, image.',
    ]);

    await tab('workflow');
    await labelled('Workflow').selectOption('saved');
    await button('List').press('Space');
    await says('workflows', /Workflows found: 2/);
    const list = labelled('In the workspace');
    expect(await list.locator('option').allTextContents()).toEqual([
      ...['Choose a workflow of demo', 'Motion with boxes (motion)', 'Motion, adjustable (adjustable-motion)'],
    ]);
    await list.selectOption('motion');
    await says('workflows', /Outputs: predictions \(object detection prediction\); motion \(boolean\); alarm/);
    expect([await field('workspace').inputValue(), await field('workflowId').inputValue()]).toEqual(['demo', 'motion']);
    expect(await editor.untranslated()).toEqual([]);
    // Both ends stay on this machine.
    await tab('network');
    await labelled('Interfaces').fill('127.0.0.1');
    await page.locator('#node-config-dialog-ok').click();
    await page.locator('#node-config-dialog-ok').waitFor({ state: 'detached' });
    await editor.done();

    const onData = await editor.nodeId('on-data');
    await page.locator(`[id="${onData}"]`).dblclick();
    await editor.opened('#node-dialog-ok');
    await page.locator('#on-data-known', { hasText: 'Outputs: predictions, motion, alarm, image' }).waitFor();
    await page.locator('#on-data-form .red-ui-editableList-addButton').click();
    const offers = page.locator('.red-ui-autoComplete-container .webrtc-offer');
    await offers.first().waitFor();
    expect(await offers.allInnerTexts()).toContain('alarm\nboolean');
    await offers.filter({ hasText: /^alarm/ }).click();
    expect(await page.locator('.on-data-field').last().inputValue()).toBe('alarm');
    await editor.done();
    await page.locator('[data-palette-type=debug]').dragTo(page.locator('#red-ui-workspace-chart'), {
      targetPosition: { x: 620, y: 380 },
    });
    const [debug = ''] = await page.evaluate(() =>
      RED.nodes.filterNodes({ type: 'debug' }).flatMap(({ id, name }) => (/^debug \d+$/.test(name) ? [id] : [])),
    );
    // Its third output is the new field.
    await page
      .locator(`[id="${onData}"] .red-ui-flow-port-output`)
      .nth(2)
      .dragTo(page.locator(`[id="${debug}"] .red-ui-flow-port-input`));
    const from = nodeRed.heard.length;
    await page.locator('#red-ui-header-button-deploy').click();
    const seen = await nodeRed.first((heard) => heard.kind === 'debug' && /^debug \d+$/.test(heard.name ?? ''), {
      from,
    });
    expect(seen).toMatchObject({ msg: expect.stringMatching(/^(true|false)$/) as string });
    expect(server.initialised().at(-1)).toMatchObject({
      ...{ api_key: KEY, workflow_configuration: { workspace_name: 'demo', workflow_id: 'motion' } },
    });
    await onCanvas('test pattern')
      .filter({ hasText: /live, \d+\.\d fps/ })
      .waitFor();
    expect(editor.faults).toEqual([]);
  });

  it('say in plain words what is wrong, and send the saved key nowhere else', async () => {
    // The key is deployed now, and the browser no longer has it.
    await editor.goto(nodeRed.url);
    const elsewhere = await recordingServer();
    await editor.openSession(await editor.sessionId());
    expect(await field('apiKey').inputValue()).toBe('__PWRD__');
    await testSays(/The API key is accepted \(workspace demo\)/);
    await field('url').fill(elsewhere.url);
    await testSays(/saved API key was entered for http:\/\/127\.0\.0\.1:\d+\. It is not sent to .*enter the key again/);
    await field('url').fill('http://127.0.0.1:9');
    await field('apiKey').fill('');
    await testSays(
      /http:\/\/127\.0\.0\.1:9 cannot be reached: nothing listens there; check that the server is running/,
    );
    await field('url').fill(server.url);
    await field('apiKey').fill('wrong_key');
    await testSays(/API key .*rejected .*enter a valid key of the workspace/);
    await field('apiKey').fill(KEY);
    await tab('workflow');
    await field('workflowId').fill('nothing');
    await testSays(/workflow or one of its models does not exist .*check both names/);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
    const asked = server.requests.map(({ url = '', body }) => `${url} ${body}`);
    expect(asked.filter((text) => text.includes('__PWRD__'))).toEqual([]);
    expect(await page.locator('.red-ui-tray').innerText()).not.toMatch(/rf_typed|wrong_key/);
    expect(await editor.untranslated()).toEqual([]);
    await editor.closeSession('cancel');
    expect(editor.faults).toEqual([]);
  });

  it('offer parameters with type and default, and tell names that the workflow does not have', async () => {
    const session = await editor.sessionId();
    await editor.openSession(session);
    await tab('workflow');
    await field('workspace').fill('https://app.roboflow.com/demo/workflows/edit/adjustable-motion');
    await field('workflowId').focus();
    expect(await field('workspace').inputValue()).toBe('demo');
    await button('Read inputs and outputs').click();
    await says('interface', /sensitivity \(anything, usually 16\).*moving \(object detection prediction\)/);
    await tab('inputs');
    await page.locator('#webrtc-session-tab-inputs .red-ui-editableList-addButton').click();
    const name = page.locator('.webrtc-parameter-name').last();
    await name.click();
    await page.locator('.webrtc-offer', { hasText: 'sensitivity' }).click();
    await tab('outputs');
    await field('data').selectOption('hand');
    const problem = page.locator('.red-ui-tray .webrtc-problem');
    await problem.filter({ hasText: 'has no output "image"; it has: moving, alarm' }).waitFor();
    await field('imageOutput').fill('moving');
    await problem.filter({ hasText: '"moving" is no picture (object detection prediction)' }).waitFor();
    await field('imageOutput').fill('');
    await field('dataOutputs').fill('*, alarm');
    await problem.filter({ hasText: '* already means every output' }).waitFor();
    expect(await field('dataOutputs').getAttribute('aria-invalid')).toBe('true');
    await field('dataOutputs').fill('alarm');
    await problem.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
    await field('video').selectOption('never');
    await problem.filter({ hasText: 'An on-frame node uses this session' }).waitFor();
    await field('video').selectOption('auto');
    await editor.closeSession('ok');
    expect(await editor.exported(session)).toMatchObject({
      ...{ workflowId: 'adjustable-motion', schema: 1, dataOutputs: 'alarm', imageOutput: '' },
      parameters: [{ name: 'sensitivity', type: 'num', value: '16' }],
    });

    await editor.open(await editor.nodeId('on-data'));
    const first = page.locator('.on-data-field').first();
    const said = page.locator('#on-data-form .webrtc-problem');
    await page.locator('.on-data-field.input-error').first().waitFor();
    expect(await first.getAttribute('title')).toBe('The workflow has no output "predictions"; it has: moving, alarm');
    await said.filter({ hasText: 'has no output "predictions"; it has: moving, alarm' }).waitFor();
    await first.fill('moving.predictions');
    expect(await first.getAttribute('title')).toBeNull();
    await first.fill('*');
    expect(await first.getAttribute('title')).toContain('tick “all of them in one message” below');
    await page.locator('#node-dialog-cancel').click();
    await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
    expect(editor.faults).toEqual([]);
  });

  it('know what a specification tells without a server, as the runtime reads it', async () => {
    const specification = {
      inputs: [
        { type: 'WorkflowImage', name: 'camera' },
        { type: 'WorkflowParameter', name: 'limit', kind: ['integer'], default_value: 4 },
      ],
      outputs: [{ type: 'JsonField', name: 'count', selector: '$steps.count.count' }],
    };
    const known = await page.evaluate(
      (text) => inferenceWebrtcDiscovery.known({ workflow: 'specification', specification: text }),
      JSON.stringify(specification),
    );
    expect(known).toEqual(interfaceOfSpecification(specification));
    expect(known).toMatchObject({ inputs: [{ kind: 'image' }, { default: 4 }], outputs: [{ name: 'count' }] });
  });

  it('open older nodes as what they mean, save them in the newest schema, and warn of later ones', async () => {
    const older = example('getting-started.json').map((node) => ({ ...node, schema: undefined }));
    const strip = { cache: undefined, liveProcessing: undefined, preview: undefined };
    await nodeRed.deploy(changed(changed(older, 'webrtc-stream', strip), 'on-frame', { schema: 9 }));
    await editor.goto(nodeRed.url);
    const stream = await editor.nodeId('webrtc-stream');
    expect((await editor.exported(stream))?.['schema']).toBeUndefined();
    await editor.open(stream);
    expect(await page.locator('#node-input-liveProcessing').inputValue()).toBe('realtime');
    await editor.done();
    expect(await editor.exported(stream)).toMatchObject({ schema: 1, cache: true, liveProcessing: 'realtime' });
    const onFrame = await editor.nodeId('on-frame');
    expect(await held(onFrame)).toEqual([
      expect.stringMatching(/saved by a newer version of the palette \(schema 9\)/),
    ]);
    expect(await held(await editor.nodeId('on-data'))).toEqual([]);
    expect(editor.faults).toEqual([]);
  });

  it('name every field for a screen reader, and fit a small laptop in width', async () => {
    const nameless = () =>
      page.evaluate(() =>
        Array.from(
          document.querySelectorAll<HTMLInputElement>('.webrtc-form input, .webrtc-form select, .webrtc-form button'),
        )
          .filter((element) => element.type !== 'hidden' && element.checkVisibility())
          .filter((element) => {
            const label = document.querySelector(`label[for="${element.id}"]`)?.textContent ?? '';
            const own = element.getAttribute('aria-label') ?? element.placeholder;
            return (
              `${label}${own}${element.textContent}`.trim() === '' &&
              !element.closest('.red-ui-typedInput-container, .input-append')
            );
          })
          .map(({ id, outerHTML }) => id || outerHTML.slice(0, 80)),
      );
    const overflow = () =>
      page.evaluate(() => {
        const body = document.querySelector('.red-ui-tray-body');
        return body === null ? 'no tray' : body.scrollWidth - body.clientWidth;
      });
    const tabs = {
      'webrtc-stream': ['source', 'running', 'live'],
      'on-data': ['fields', 'options'],
      'on-frame': ['picture', 'send', 'live'],
    };
    for (const [type, names] of Object.entries(tabs)) {
      await editor.open(await editor.nodeId(type));
      for (const name of names) {
        await editor.tab(`${type}-tab-${name}`);
        expect([type, name, await nameless(), await overflow()]).toEqual([type, name, [], 0]);
      }
      await editor.done();
    }
    await editor.openSession(await editor.sessionId());
    for (const name of SESSION_TABS) {
      await tab(name);
      expect([name, await nameless(), await overflow()]).toEqual([name, [], 0]);
    }
    await editor.closeSession('cancel');
  });
});
