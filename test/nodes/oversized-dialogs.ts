/** Goes through every dialog, choice by choice and tab by tab; gives those that hide something behind a scrollbar. */
import type { EditorDriver } from './editor-driver';

/** The editor's jQuery, as far as it is needed. */
declare const $: (selector: string) => { val(value: string): { trigger(event: string): void } };

type Choice = readonly (readonly [field: string, value: string])[];
type Dialog = Record<string, readonly Choice[]>;

const one = (field: string, values: string[]): Choice[] => values.map((value) => [[field, value]]);
const sources = one('source', [
  ...['test-pattern', 'stream', 'webcam', 'server-rtsp', 'server-mjpeg', 'upload', 'frames', 'message'],
]);
/** The choices that change which rows there are, by tab. */
const NODES: Record<string, Dialog> = {
  'webrtc-stream': { source: sources, running: one('source', ['upload', 'stream', 'message']), live: [[]] },
  'on-data': { fields: [[]], options: one('acknowledge', ['returned']) },
  'on-frame': {
    picture: one('format', ['jpeg', 'gray8']),
    send: [[['acknowledge', 'returned']], ...one('pace', ['limit', 'interval', 'request', 'in-flight'])],
    live: [[]],
  },
};
const SESSION: Dialog = {
  server: one('server', ['demo', 'own', 'hosted']),
  workflow: one('workflow', ['motion', 'saved', 'specification', 'model']),
  inputs: [[]],
  outputs: one('data', ['hand']),
  connection: [
    [
      ['rollover', 'daily'],
      ['lifetime', 'seconds'],
    ],
  ],
  network: one('server', ['demo', 'own']),
  live: [[]],
};

export async function oversizedDialogs(editor: EditorDriver): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [type, dialog] of Object.entries(NODES)) {
    await editor.open(await editor.nodeId(type));
    found.push(...(await oversizedTabs(editor, dialog, { panels: `${type}-tab-`, fields: 'node-input-' })));
    await editor.cancel();
  }
  await editor.openSession(await editor.sessionId());
  const names = { panels: 'webrtc-session-tab-', fields: 'node-config-input-' };
  found.push(...(await oversizedTabs(editor, SESSION, names)));
  await editor.closeSession('cancel');
  return found;
}

async function oversizedTabs(
  editor: EditorDriver,
  dialog: Dialog,
  names: { panels: string; fields: string },
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [tab, choices] of Object.entries(dialog)) {
    await editor.tab(names.panels + tab);
    for (const choice of choices) {
      for (const [field, value] of choice) await choose(editor, `#${names.fields}${field}`, value);
      const { down, right } = await editor.hidden();
      if (down > 0 || right > 0) found.push({ tab: names.panels + tab, choice, down, right });
    }
  }
  return found;
}

/** Also where the field is in another tab. */
async function choose({ page }: EditorDriver, selector: string, value: string): Promise<void> {
  await page.evaluate(([where, what]) => $(where).val(what).trigger('change'), [selector, value] as const);
}
