// Takes the pictures of docs/screenshots: every dialog, light and dark side by side, and the canvas with its previews.
// Needs what `npm run test:compat` puts into .compat (Node-RED 5, which has a dark theme, and a Node for it), Debian's
// chromium, FFmpeg, and a build. `--language de` shows another language, `--out DIR` writes elsewhere, `--only TEXT`
// takes those whose name holds TEXT. Prints which dialogs do not fit into a small laptop's 1366x768.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const root = path.resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    language: { type: 'string', default: 'en-US' },
    out: { type: 'string', default: path.join(root, 'docs/screenshots') },
    only: { type: 'string', default: '' },
  },
});
const wanted = (name) => name.includes(options.only);

/** A test pattern, shown under its nodes with the boxes that come back; what is not said is as in the first flow. */
const example = JSON.parse(readFileSync(path.join(root, 'examples/getting-started.json'), 'utf8'));
const like = (type, changes) => ({ ...example.find((node) => node.type === type), z: 'a0', session: 'a1', ...changes });
const debug = (id, name, y) => ({ id, type: 'debug', z: 'a0', name, active: false, x: 590, y, wires: [] });
const { z, session, ...settings } = like('webrtc-session', { id: 'a1' });
const flow = [
  { id: 'a0', type: 'tab', label: 'Camera' },
  settings,
  like('webrtc-stream', { id: 'a2', name: 'entrance', preview: 'boxes', x: 140, y: 60, wires: [['a5']] }),
  like('on-data', { id: 'a3', x: 150, y: 260, wires: [['a6'], ['a7'], ['a8']] }),
  like('on-frame', { id: 'a4', preview: 'boxes', x: 130, y: 360, wires: [['a9']] }),
  debug('a5', 'state', 60),
  debug('a6', 'predictions', 220),
  debug('a7', 'motion', 260),
  debug('a8', 'errors', 300),
  debug('a9', 'picture', 360),
];

/** A running Node-RED with that flow. */
async function startNodeRed(directory) {
  const userDir = path.join(directory, 'user');
  mkdirSync(path.join(userDir, 'node_modules/@inference-webrtc'), { recursive: true });
  symlinkSync(root, path.join(userDir, 'node_modules/@inference-webrtc/node-red'));
  writeFileSync(path.join(userDir, 'package.json'), '{ "name": "flows", "private": true }\n');
  const program = path.join(root, 'test/nodes/fixtures/embedded-node-red.mjs');
  const beside = path.join(root, '.compat/node-red-5/package.json');
  const child = fork(program, [userDir, 'editor', beside], {
    execPath: path.join(
      root,
      `.compat/node-${process.platform}-${process.arch}-24`,
      'node_modules',
      `node-${process.platform}-${process.arch}`,
      'bin/node',
    ),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const heard = async (fits) => {
    for (;;) {
      const [message] = await once(child, 'message');
      if (fits(message)) return message;
    }
  };
  const { port } = await heard(({ kind }) => kind === 'listening');
  const url = `http://127.0.0.1:${port}/`;
  const live = heard(({ kind, status }) => kind === 'status' && /^live, /.test(status.text ?? ''));
  await fetch(`${url}flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
    body: JSON.stringify(flow),
  });
  await live;
  return { url, stop: () => (child.send('stop'), once(child, 'exit')) };
}

async function openEditor(browser, url, theme) {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: options.language });
  page.on('pageerror', (error) => console.error(`page error: ${error.message}`));
  page.on('dialog', (dialog) => void dialog.accept());
  const load = async () => {
    await page.goto(url);
    await page.waitForFunction(() => globalThis.RED?.nodes?.filterNodes({ type: 'webrtc-stream' }).length > 0);
    await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  };
  await load();
  await page.evaluate(
    ([name, language]) => {
      globalThis.RED.settings.setLocal('view-dark-theme', name);
      localStorage.setItem('editor-language', language);
    },
    [theme, options.language],
  );
  await load();
  return page;
}

const tray = '.red-ui-tray';
const nodeId = (page, type) => page.evaluate((name) => globalThis.RED.nodes.filterNodes({ type: name })[0].id, type);

/** What is shown where: a tab of the dialog of a node or else of the session, with these values, after that click. */
const streamSources = [
  'test-pattern',
  'stream',
  'webcam',
  'server-rtsp',
  'server-mjpeg',
  'upload',
  'frames',
  'message',
];
const dialogs = [
  ...streamSources.map((source) => ({
    name: `webrtc-stream-${source}`,
    node: 'webrtc-stream',
    tab: 'source',
    set: [['#node-input-source', source]],
  })),
  { name: 'webrtc-stream-running', node: 'webrtc-stream', tab: 'running', set: [] },
  { name: 'webrtc-stream-live', node: 'webrtc-stream', tab: 'live', set: [] },
  { name: 'on-data', node: 'on-data', tab: 'fields', set: [] },
  {
    ...{ name: 'on-data-acknowledged', node: 'on-data', tab: 'options' },
    set: [['#node-input-acknowledge', 'returned']],
  },
  { name: 'on-frame', node: 'on-frame', tab: 'picture', set: [] },
  { name: 'on-frame-in-flight', node: 'on-frame', tab: 'send', set: [['#node-input-pace', 'in-flight']] },
  { name: 'on-frame-live', node: 'on-frame', tab: 'live', set: [] },
  ...['demo', 'own', 'hosted'].map((server) => ({
    name: `webrtc-session-server-${server}`,
    tab: 'server',
    set: [['#node-config-input-server', server]],
    ...(server === 'demo' ? { click: '#webrtc-session-test' } : {}),
  })),
  ...['motion', 'saved', 'specification', 'model'].map((workflow) => ({
    name: `webrtc-session-workflow-${workflow}`,
    tab: 'workflow',
    set: [
      ['#node-config-input-server', workflow === 'motion' ? 'demo' : 'own'],
      ['#node-config-input-workflow', workflow],
    ],
    ...(workflow === 'motion' ? { click: '#webrtc-session-interface' } : {}),
  })),
  { name: 'webrtc-session-inputs', tab: 'inputs', set: [] },
  { name: 'webrtc-session-outputs', tab: 'outputs', set: [['#node-config-input-data', 'hand']] },
  { name: 'webrtc-session-connection', tab: 'connection', set: [['#node-config-input-rollover', 'daily']] },
  { name: 'webrtc-session-network', tab: 'network', set: [['#node-config-input-server', 'own']] },
  { name: 'webrtc-session-live', tab: 'live', set: [] },
];

/** A tray slides in only when the credentials of its node have come; its buttons are there before. */
async function opened(page, button) {
  await page.waitForFunction(
    (selector) => globalThis.document.querySelector(selector)?.closest('.red-ui-tray')?.style.right === '0px',
    button,
  );
  await page.locator(button).click({ trial: true });
}

async function openDialog(page, dialog) {
  if (dialog.node !== undefined) {
    const id = await nodeId(page, dialog.node);
    await page.evaluate((node) => globalThis.RED.editor.edit(globalThis.RED.nodes.node(node)), id);
    await opened(page, '#node-dialog-ok');
  } else {
    await page.evaluate(() => {
      let id = '';
      globalThis.RED.nodes.eachConfig((node) => {
        if (node.type === 'webrtc-session') id = node.id;
      });
      globalThis.RED.editor.editConfig('', 'webrtc-session', id);
    });
    await opened(page, '#node-config-dialog-ok');
  }
  // Values of hidden rows may be set too: the dialog itself reacts to `change`.
  for (const [selector, value] of dialog.set) {
    await page.evaluate(([where, what]) => globalThis.$(where).val(what).trigger('change'), [selector, value]);
  }
  const panel = `${dialog.node ?? 'webrtc-session'}-tab-${dialog.tab}`;
  while (!(await page.locator(`#${panel}`).isVisible())) await page.locator(`#red-ui-tab-${panel}`).click();
}

async function shoot(page, dialog, file) {
  await page.setViewportSize({ width: 1366, height: 768 });
  await openDialog(page, dialog);
  if (dialog.click !== undefined) await page.locator(dialog.click).click();
  // Away from the tab, so that no tooltip comes.
  await page.mouse.move(5, 5);
  // What is shown of running streams comes once a second.
  await page.waitForTimeout(1500);
  const body = page.locator(`${tray} .red-ui-tray-body`).first();
  const hidden = await body.evaluate((element) => {
    const scroller = [element, ...element.querySelectorAll('*')].map((one) => ({
      down: one.scrollHeight - one.clientHeight,
      right: one.scrollWidth - one.clientWidth,
      scrolls: /auto|scroll/.test(getComputedStyle(one).overflowY),
    }));
    return scroller
      .filter(({ scrolls }) => scrolls)
      .reduce((most, one) => ({ down: Math.max(most.down, one.down), right: Math.max(most.right, one.right) }), {
        down: 0,
        right: 0,
      });
  });
  if (hidden.down > 4 || hidden.right > 4)
    console.log(`${path.basename(file)}: ${hidden.down} px below, ${hidden.right} px beside what 1366x768 shows`);
  await page.setViewportSize({ width: 1366, height: Math.min(1400, 768 + hidden.down + 10) });
  await page.locator(tray).first().screenshot({ path: file, animations: 'disabled' });
  const cancel = dialog.node === undefined ? '#node-config-dialog-cancel' : '#node-dialog-cancel';
  await page.locator(cancel).click();
  await page.locator(tray).waitFor({ state: 'detached' });
}

/** Width and height, as the header of a PNG says. */
const sizeOf = (file) => [16, 20].map((offset) => readFileSync(file).readUInt32BE(offset));

/** Both themes beside each other, with few colours: a tenth of the size, and nobody sees it. */
function join(files, target) {
  const inputs = files.flatMap((file) => ['-i', file]);
  const height = Math.max(...files.map((file) => sizeOf(file)[1]));
  const padded = files.map((_, index) => `[${index}]pad=iw:${height}[${index}p]`).join(';');
  const side = files.map((_, index) => `[${index}p]`).join('');
  const together = files.length > 1 ? `${side}hstack=inputs=${files.length}` : `${side}null`;
  const filter = `${padded};${together},split[a][b];[a]palettegen=max_colors=96[p];[b][p]paletteuse=dither=none`;
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    ...inputs,
    '-filter_complex',
    filter,
    '-compression_level',
    '100',
    target,
  ]);
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-screenshots-'));
mkdirSync(options.out, { recursive: true });
const nodeRed = await startNodeRed(directory);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
});
try {
  for (const theme of ['light', 'dark']) {
    const page = await openEditor(browser, nodeRed.url, theme);
    if (wanted('canvas')) {
      await page.locator('.webrtc-preview-box').nth(3).waitFor({ state: 'attached' });
      const { x, y } = await page.locator('#red-ui-workspace-chart').boundingBox();
      const clip = { x, y, width: 720, height: 530 };
      await page.screenshot({ path: path.join(directory, `canvas-${theme}.png`), clip });
    }
    for (const dialog of dialogs.filter(({ name }) => wanted(name))) {
      await shoot(page, dialog, path.join(directory, `${dialog.name}-${theme}.png`));
    }
    await page.close();
  }
  for (const name of ['canvas', ...dialogs.map((dialog) => dialog.name)].filter(wanted)) {
    const files = ['light', 'dark'].map((theme) => path.join(directory, `${name}-${theme}.png`));
    join(files, path.join(options.out, `${name}.png`));
  }
} finally {
  await browser.close();
  await nodeRed.stop();
  rmSync(directory, { recursive: true, force: true });
}
