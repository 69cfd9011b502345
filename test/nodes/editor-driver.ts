/** Node-RED's editor in a headless Chromium: opens dialogs, closes them, and tells what the editor then holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';

/** Of Debian's package. */
export const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A node as the editor holds it. */
export interface EditorNode {
  id: string;
  type: string;
  name: string;
  valid: boolean;
  outputs: number;
  validationErrors?: string[];
  _def: { set: { types: string[] } };
  [field: string]: unknown;
}

/** The parts of the editor's global `RED` that tests touch; the code in `evaluate` runs in the page. */
export interface EditorGlobal {
  nodes: {
    node(id: string): EditorNode;
    filterNodes(filter: { type: string }): EditorNode[];
    eachConfig(visit: (node: EditorNode) => void): void;
    eachLink(visit: (link: { source: EditorNode; sourcePort: number; target: EditorNode }) => void): void;
    getNodeHelp(type: string): string;
    createExportableNodeSet(nodes: EditorNode[]): Record<string, unknown>[];
  };
  settings: { setLocal(key: string, value: string): void };
  editor: {
    edit(node: EditorNode): void;
    editConfig(property: string, type: string, id: string): void;
    validateNode(node: EditorNode): boolean;
  };
}
declare const RED: EditorGlobal;

export class EditorDriver {
  readonly page: Page;
  /** Errors that the page threw since the last `goto`. */
  readonly faults: string[] = [];
  readonly #browser: BrowserContext;
  readonly #profile: string;

  private constructor(browser: BrowserContext, page: Page, profile: string) {
    this.#browser = browser;
    this.page = page;
    this.#profile = profile;
    page.setDefaultTimeout(20_000);
    page.setDefaultNavigationTimeout(60_000);
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('dialog', (dialog) => void dialog.accept());
  }

  static async start(): Promise<EditorDriver> {
    const profile = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-chromium-'));
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: [...FLAGS, ...QUIET],
      viewport: { width: 1500, height: 950 },
    });
    return new EditorDriver(browser, await browser.newPage(), profile);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }

  /** Loads the editor; resolves when its flow is there. */
  async goto(url: string): Promise<void> {
    await this.gotoEmpty(url);
    await this.page.waitForFunction(() => RED.nodes.filterNodes({ type: 'webrtc-stream' }).length > 0);
  }

  /** The same with a Node-RED that has no flow yet. */
  async gotoEmpty(url: string): Promise<void> {
    this.faults.length = 0;
    await this.page.goto(url);
    await this.page.locator('[data-palette-type=webrtc-stream]').waitFor();
    await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  }

  /** Chooses a theme of Node-RED 5 or later, as in its user settings, and loads the editor again. */
  async useTheme(theme: 'light' | 'dark', url: string): Promise<void> {
    await this.page.evaluate((name) => RED.settings.setLocal('view-dark-theme', name), theme);
    await this.goto(url);
  }

  /** The first node of a type; an empty text without one. */
  nodeId(type: string): Promise<string> {
    return this.page.evaluate((name) => RED.nodes.filterNodes({ type: name })[0]?.id ?? '', type);
  }

  /** The last session; an empty text without one. */
  sessionId(): Promise<string> {
    return this.page.evaluate(() => {
      let id = '';
      RED.nodes.eachConfig((node) => {
        if (node.type === 'webrtc-session') id = node.id;
      });
      return id;
    });
  }

  /** A node as an export of the flow holds it. */
  exported(id: string): Promise<Record<string, unknown> | undefined> {
    return this.page.evaluate((nodeId) => RED.nodes.createExportableNodeSet([RED.nodes.node(nodeId)])[0], id);
  }

  async open(id: string): Promise<void> {
    await this.page.evaluate((nodeId) => RED.editor.edit(RED.nodes.node(nodeId)), id);
    await this.opened('#node-dialog-ok');
  }

  /**
   * The dialog with this button is open: its buttons are there, and stand still, while its fields still wait for the
   * credentials of the node.
   */
  async opened(button: '#node-dialog-ok' | '#node-config-dialog-ok'): Promise<void> {
    await this.page.waitForFunction(
      (selector) => document.querySelector(selector)?.closest<HTMLElement>('.red-ui-tray')?.style.right === '0px',
      button,
    );
    // A trial click waits until the sliding tray stands still.
    await this.page.locator(button).click({ trial: true });
  }

  async done(): Promise<void> {
    await this.page.locator('#node-dialog-ok').click();
    await this.page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  }

  async cancel(): Promise<void> {
    await this.page.locator('#node-dialog-cancel').click();
    await this.page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  }

  async openSession(id: string): Promise<void> {
    await this.page.evaluate((nodeId) => RED.editor.editConfig('', 'webrtc-session', nodeId), id);
    await this.opened('#node-config-dialog-ok');
  }

  async closeSession(button: 'ok' | 'cancel'): Promise<void> {
    await this.page.locator(`#node-config-dialog-${button}`).click();
    await this.page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  }

  /** Shows a tab of the open dialog, by the id of its panel. */
  async tab(panel: string): Promise<void> {
    // Two clicks within 0.4 s count as a double click, on whatever tabs: then the next one opens it.
    const content = this.page.locator(`#${panel}`);
    while (!(await content.isVisible())) await this.page.locator(`#red-ui-tab-${panel}`).click();
  }

  /** How many pixels of the open dialog its scrollbars hide, lists of any length apart. */
  hidden(): Promise<{ down: number; right: number }> {
    return this.page.evaluate(() => {
      const body = document.querySelector('.red-ui-tray-body');
      if (body === null) throw new Error('no dialog is open');
      const scrollers = [body, ...Array.from(body.querySelectorAll('*'))].filter(
        (element) =>
          /auto|scroll/.test(getComputedStyle(element).overflowY) && !element.closest('.red-ui-editableList-container'),
      );
      return {
        down: Math.max(...scrollers.map((element) => element.scrollHeight - element.clientHeight)),
        right: Math.max(...scrollers.map((element) => element.scrollWidth - element.clientWidth)),
      };
    });
  }

  /** Texts of the open dialog that are still message ids. */
  untranslated(): Promise<string[]> {
    return this.page.evaluate(() => {
      const texts = Array.from(document.querySelectorAll('.red-ui-tray [data-i18n]')).flatMap((element) => [
        element.textContent,
        element.getAttribute('placeholder') ?? '',
      ]);
      return texts.filter((text) => /^(webrtc-|on-)(session|stream|data|frame)\.|__/.test(text));
    });
  }
}
