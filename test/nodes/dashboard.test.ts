/**
 * The examples with nodes of Dashboard 2.0, looked at in a browser. `node scripts/install-dashboard.mjs` installs those
 * nodes (CI does); without them or Chromium the tests are skipped.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHROMIUM, EditorDriver } from './editor-driver';
import { example, idOf } from './example-flows';
import type { FlowNode } from './example-flows';
import { linkedInstallation, NodeRed, PACKAGE_ROOT } from './node-red';

const PACKAGE = '@flowfuse/node-red-dashboard';
const INSTALLED = path.join(PACKAGE_ROOT, '.dashboard/node_modules', PACKAGE);
const isMissing = !existsSync(INSTALLED) || !existsSync(CHROMIUM);
if (isMissing) console.warn(`skipped: there is no ${INSTALLED}, or no ${CHROMIUM}`);

const timeoutMs = 80_000;
vi.setConfig({ testTimeout: 200_000, hookTimeout: 100_000 });

const chartFlow = example('objects-to-chart.json');
const pictureFlow = example('dashboard-live-picture.json');

/** Both examples, as after importing one after the other: what they share is there once. */
function together(...flows: FlowNode[][]): FlowNode[] {
  return [...new Map(flows.flat().map((node) => [node.id, node])).values()];
}

describe.skipIf(isMissing)('the examples for Dashboard 2.0', () => {
  let directory: string;
  let nodeRed: NodeRed;
  let browser: EditorDriver;
  let from: number;

  beforeAll(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-dashboard-'));
    const installation = linkedInstallation(directory);
    mkdirSync(path.join(directory, 'node_modules/@flowfuse'));
    symlinkSync(INSTALLED, path.join(directory, 'node_modules', PACKAGE));
    nodeRed = await new NodeRed('headless', installation).ready();
    browser = await EditorDriver.start();
    from = nodeRed.heard.length;
    await nodeRed.deploy(together(chartFlow, pictureFlow));
  });
  afterAll(async () => {
    await browser.close();
    await nodeRed.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('share one dashboard when both are imported', () => {
    const shared = ['ui-base', 'ui-theme'].map((type) => [idOf(chartFlow, type), idOf(pictureFlow, type)]);
    expect(shared.map((ids) => new Set(ids).size)).toEqual([1, 1]);
    const nodes = (flow: FlowNode[], id: string | undefined) => flow.find((node) => node.id === id);
    for (const [id] of shared) expect(nodes(chartFlow, id)).toEqual(nodes(pictureFlow, id));
  });

  it('dashboard-live-picture.json shows the picture with a box around each of the three squares', async () => {
    await nodeRed.status(idOf(pictureFlow, 'function', 'as text'), /^\d+ kB$/, { from, timeoutMs });
    const { page } = browser;
    await page.goto(`${nodeRed.url}http/dashboard/live`);
    await page.locator('svg[viewBox="0 0 640 360"] rect').nth(2).waitFor({ timeout: timeoutMs });
    const seen = await page.locator('svg image').evaluate(async (element) => {
      const image = new Image();
      image.src = element.getAttribute('href') ?? '';
      await image.decode();
      return [image.naturalWidth, image.naturalHeight, image.src.length < 700_000];
    });
    expect(seen).toEqual([640, 360, true]);
    expect(await page.locator('svg text').first().textContent()).toContain('motion');
    const folder = process.env['DASHBOARD_SCREENSHOTS'];
    if (folder !== undefined)
      await page.screenshot({
        path: path.join(folder, 'dashboard.png'),
        clip: { x: 0, y: 0, width: 800, height: 500 },
      });
  });

  it('objects-to-chart.json draws how many were seen in each second', async () => {
    await nodeRed.status(idOf(chartFlow, 'function'), /^3 motion$/, { from, timeoutMs });
    const { page } = browser;
    await page.goto(`${nodeRed.url}http/dashboard/objects`);
    // The line has the first colour of the series.
    await page.waitForFunction(
      () => {
        const canvas = document.querySelector('canvas');
        const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        let blue = 0;
        for (let place = 0; place < pixels.length; place += 4) {
          const [red = 0, green = 0, third = 0] = [pixels[place], pixels[place + 1], pixels[place + 2]];
          if (red < 40 && green > 120 && green < 180 && third > 220) blue += 1;
        }
        return blue > 100;
      },
      undefined,
      { timeout: timeoutMs },
    );
  });
});
