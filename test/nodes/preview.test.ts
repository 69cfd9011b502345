import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHROMIUM, EditorDriver } from './editor-driver';
import { NodeRed, PACKAGE_ROOT } from './node-red';

interface FlowNode {
  id: string;
  type: string;
  z?: string;
  [field: string]: unknown;
}

/** A name that does harm where it becomes a part of the page. */
const EVIL = '<img src=x onerror="window.harmed = true"><script>window.harmed = true</script>';

const flow = (
  JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'examples/getting-started.json'), 'utf8')) as FlowNode[]
).map((node) => ({
  ...node,
  ...(/^(webrtc-|on-)/.test(node.type) ? { name: EVIL } : {}),
  ...(node.type === 'on-frame' || node.type === 'webrtc-stream' ? { preview: 'boxes' } : {}),
}));
const idOf = (type: string) => flow.find((node) => node.type === type)?.id ?? '';
const LIVE = 60_000;

describe.skipIf(!existsSync(CHROMIUM))('what the editor shows of a running stream (needs chromium)', () => {
  let nodeRed: NodeRed;
  let editor: EditorDriver;

  beforeAll(async () => {
    nodeRed = await new NodeRed('editor').ready();
    await nodeRed.deploy(flow);
    editor = await EditorDriver.start();
    await nodeRed.status(idOf('webrtc-stream'), /live/, { timeoutMs: LIVE });
    await editor.goto(nodeRed.url);
  }, 2 * LIVE);
  afterAll(async () => {
    await editor.close();
    await nodeRed.stop();
  });

  /**
   * Scrolls to the place and waits for what is shown there. Nothing is asked for what is out of sight, and a dialog that
   * goes on filling itself after it has opened moves what was looked at: then again.
   */
  const see = (selector: string, shown: Locator): Promise<void> =>
    vi.waitFor(
      async () => {
        await editor.page.locator(selector).evaluate((element) => element.scrollIntoView());
        await shown.waitFor({ timeout: 3_000 });
      },
      { timeout: LIVE },
    );

  it('draws the picture with its boxes under the nodes, and asks for none while nobody can see them', async () => {
    const { page } = editor;
    for (const type of ['on-frame', 'webrtc-stream']) {
      const under = page.locator(`[id="${idOf(type)}"] > .webrtc-preview`);
      await under.locator('image').waitFor({ timeout: LIVE });
      await under.locator('.webrtc-preview-box').first().waitFor({ timeout: LIVE });
      const picture = await under.locator('image').evaluate(async (element) => {
        const image = new Image();
        image.src = element.getAttribute('href') ?? '';
        await image.decode();
        return { width: image.naturalWidth, height: image.naturalHeight };
      });
      expect(picture).toEqual({ width: 480, height: 270 });
    }
    await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
    await page.waitForTimeout(1_000);
    let asked = 0;
    page.on('request', (request) => (asked += Number(request.url().includes('/preview/'))));
    await page.waitForTimeout(2_000);
    expect(asked).toBe(0);
    await page.evaluate(() => Reflect.deleteProperty(document, 'hidden'));
    expect(editor.faults).toEqual([]);
  });

  it('draws names of classes as text, whatever they hold', async () => {
    const { page } = editor;
    await page.route('**/inference-webrtc/preview/**', async (route) => {
      const response = await route.fetch();
      if (response.status() !== 200) return route.fulfill({ response });
      const shape = { label: EVIL, box: [0.1, 0.1, 0.5, 0.5], points: [], keypoints: [] };
      await route.fulfill({ json: { ...((await response.json()) as object), shapes: [shape] } });
    });
    const label = page.locator(`[id="${idOf('on-frame')}"] > .webrtc-preview text`).filter({ hasText: 'onerror' });
    await label.first().waitFor({ timeout: LIVE });
    expect(await label.first().textContent()).toBe(EVIL);
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('shows names, what webcams call themselves and what went wrong as text, whatever they hold', async () => {
    const { page } = editor;
    const evilWebcam = {
      device: '/dev/video9',
      name: EVIL,
      interface: EVIL,
      sizes: [EVIL],
      formats: [],
      problem: null,
    };
    await page.route('**/inference-webrtc/webcams*', (route) => route.fulfill({ json: { webcams: [evilWebcam] } }));
    const refusal = { status: 422, json: { error: { code: 'INVALID_OPTION', message: EVIL } } };
    await page.route('**/inference-webrtc/probe', (route) => route.fulfill(refusal));

    await editor.open(idOf('webrtc-stream'));
    await editor.tab('webrtc-stream-tab-live');
    await see('#webrtc-live-place', page.locator('.webrtc-live-stream', { hasText: EVIL }));
    await editor.tab('webrtc-stream-tab-source');
    await page.locator('#node-input-source').selectOption('webcam');
    await page.locator('#webrtc-stream-find-webcams').click();
    await page.locator('#webrtc-stream-webcams option').nth(1).waitFor({ state: 'attached' });
    await page.locator('#webrtc-stream-webcams').selectOption({ index: 1 });
    await page.locator('#webrtc-stream-test').click();
    await page.locator('#webrtc-stream-test-note', { hasText: EVIL }).waitFor();
    await page.locator('#node-dialog-cancel').click();
    await page.locator('.red-ui-tray').waitFor({ state: 'detached' });

    await editor.open(idOf('on-frame'));
    await page.locator('#node-input-stream').pressSequentially('<');
    await page.locator('.red-ui-autoComplete-container', { hasText: EVIL }).click();
    expect(await page.locator('#node-input-stream').inputValue()).toBe(EVIL);
    await page.locator('#node-dialog-cancel').click();
    await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
    await editor.openSession(await editor.sessionId());
    await editor.closeSession('cancel');

    expect(await page.locator('img[src="x"]').count()).toBe(0);
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
    expect(editor.faults).toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('shows the picture and the numbers in dialogs, and stops with them', async () => {
    const { page } = editor;
    await editor.open(idOf('webrtc-stream'));
    await editor.tab('webrtc-stream-tab-live');
    await see('#webrtc-preview-place', page.locator('#webrtc-preview-place image'));
    const place = page.locator('#webrtc-live-place');
    await see('#webrtc-live-place', place.getByText(/vp8, 640 × 360, 10 fps/i));
    await place.getByText('encoded here').waitFor();
    await place.getByText(/^\d+ ms$/).waitFor();
    expect(await editor.untranslated()).toEqual([]);
    expect(await place.textContent()).not.toContain('webrtc-session.live');
    await page.locator('#node-input-preview').selectOption('');
    await page.locator('#webrtc-preview-place image').waitFor({ state: 'detached' });
    await editor.done();
    await editor.openSession(await editor.sessionId());
    await editor.tab('webrtc-session-tab-live');
    await page
      .locator('#webrtc-session-live')
      .getByText(/a second/)
      .waitFor({ timeout: LIVE });
    await editor.closeSession('cancel');
    const asked = page.waitForRequest((request) => request.url().includes('/inference-webrtc/live/'), {
      timeout: 3_000,
    });
    expect(
      await asked.then(
        () => 'asked',
        () => 'quiet',
      ),
    ).toBe('quiet');
    expect(editor.faults).toEqual([]);
  });
});

describe('the routes of the preview', () => {
  it('answer those who may read, and nobody else', async () => {
    const nodeRed = await new NodeRed('guarded').ready();
    try {
      for (const kind of ['preview', 'live']) {
        const url = `${nodeRed.url}inference-webrtc/${kind}/nobody`;
        expect((await fetch(url)).status).toBe(401);
        const headers = { authorization: 'Bearer reader' };
        expect((await fetch(url, { headers })).status).toBe(204);
      }
    } finally {
      await nodeRed.stop();
    }
  });
});
