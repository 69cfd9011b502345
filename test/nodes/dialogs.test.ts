/** The dialogs on a small laptop: all of it in sight in each mode, tabs by keys, problems where they are seen. */
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, EditorDriver } from './editor-driver';
import { changed, example } from './example-flows';
import { NodeRed } from './node-red';
import { oversizedDialogs } from './oversized-dialogs';

let nodeRed: NodeRed;
let editor: EditorDriver;
let page: Page;

describe.skipIf(!existsSync(CHROMIUM))('the dialogs at 1366 x 768 (needs chromium)', () => {
  beforeAll(async () => {
    nodeRed = await new NodeRed('editor').ready();
    await nodeRed.deploy(changed(example('getting-started.json'), 'webrtc-session', { interfaces: '127.0.0.1' }));
    editor = await EditorDriver.start();
    ({ page } = editor);
    await page.setViewportSize({ width: 1366, height: 768 });
    await editor.goto(nodeRed.url);
    // The longest of the languages.
    await page.evaluate(() => localStorage.setItem('editor-language', 'de'));
    await editor.goto(nodeRed.url);
  });
  afterAll(async () => {
    await editor.close();
    await nodeRed.stop();
  });

  it('show all their rows in every mode, without scrolling', async () => {
    expect(await oversizedDialogs(editor)).toEqual([]);
    expect(editor.faults).toEqual([]);
  });

  it('have tabs that keys reach, with roles', async () => {
    await editor.openSession(await editor.sessionId());
    const tabs = page.getByRole('tablist').last().getByRole('tab');
    expect(await tabs.allInnerTexts()).toEqual([
      ...['Server', 'Workflow', 'Eingaben', 'Ausgaben', 'Verbindung', 'Netzwerk', 'Live'],
    ]);
    const selected = async () => {
      const tab = page.locator('[role=tab][aria-selected=true]');
      const panel = page.getByRole('tabpanel', { name: await tab.innerText(), exact: true });
      return [
        await tab.innerText(),
        await panel.isVisible(),
        await tab.evaluate((it) => it === document.activeElement),
      ];
    };
    await page.locator('#node-config-input-name').press('Tab');
    expect(await selected()).toEqual(['Server', true, true]);
    for (const [key, name] of [
      ['ArrowRight', 'Workflow'],
      ['End', 'Live'],
      ['ArrowRight', 'Server'],
      ['ArrowLeft', 'Live'],
      ['Home', 'Server'],
      ['Enter', 'Server'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await selected()).toEqual([name, true, true]);
    }
    await page.keyboard.press('Tab');
    expect(await page.locator('#node-config-input-server').evaluate((it) => it === document.activeElement)).toBe(true);
    await editor.closeSession('cancel');
    expect(editor.faults).toEqual([]);
  });

  it('are opened at the tab that has a problem, marked until it is solved, and do not jump', async () => {
    const stream = await editor.nodeId('webrtc-stream');
    await nodeRed.deploy(changed(example('getting-started.json'), 'webrtc-stream', { idleMinutes: '-1' }));
    await editor.goto(nodeRed.url);
    await editor.open(stream);
    const mark = page.locator('#red-ui-tab-webrtc-stream-tab-running').getByRole('img', { name: 'bitte prüfen' });
    const problem = page.locator('.red-ui-tray .webrtc-problem');
    expect(await page.locator('#node-input-idleMinutes').isVisible()).toBe(true);
    expect(await mark.isVisible()).toBe(true);
    expect(await problem.innerText()).toContain('von 0.1 bis 1440');
    const place = () => problem.evaluate((element) => element.getBoundingClientRect().bottom);
    const before = await place();
    await page.locator('#node-input-idleMinutes').fill('5');
    await mark.waitFor({ state: 'hidden' });
    await editor.tab('webrtc-stream-tab-source');
    expect(await place()).toBe(before);
    await editor.cancel();
    expect(editor.faults).toEqual([]);
  });
});
