/** The help names every setting of its dialog by its label, in every language, and docs/nodes.md says the same. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const LOCALES = path.join(ROOT, 'nodes/locales');
const NODES = ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame'];

type Catalogue = { [key: string]: string | Catalogue };

/** Message ids of the labels of a dialog, `webrtc-stream.label.url` for instance. */
function labels(node: string): string[] {
  const dialog = readFileSync(path.join(ROOT, `nodes/${node}.html`), 'utf8');
  const found = [...dialog.matchAll(/<label\b[^]*?<\/label/g)].map(([label]) => /data-i18n="([^"]+)"/.exec(label)?.[1]);
  return [...new Set(found.filter((id) => id !== undefined))];
}

function lookUp(language: string, node: string, id: string): string {
  let at: string | Catalogue | undefined = JSON.parse(
    readFileSync(path.join(LOCALES, language, `${node}.json`), 'utf8'),
  ) as Catalogue;
  for (const part of id.split('.')) at = typeof at === 'object' ? at[part] : undefined;
  if (typeof at !== 'string') throw new Error(`${language} has no ${id}`);
  return at;
}

describe.each(readdirSync(LOCALES))('the help in %s', (language) => {
  it.each(NODES)('of %s names each setting as its dialog does', (node) => {
    const help = readFileSync(path.join(LOCALES, language, `${node}.html`), 'utf8').replace(/\s+/g, ' ');
    const named = [...help.matchAll(/<b>(.*?)<\/b>/g)].map(([, text]) => text ?? '');
    // Long labels are named by their beginning.
    const isNamed = (label: string): boolean => named.some((text) => text.length > 1 && label.startsWith(text));
    const missing = labels(node).filter((id) => !isNamed(lookUp(language, node, id)));
    expect(labels(node).length).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });
});

it('stands in docs/nodes.md as in the editor', () => {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/help.mjs'), '--check'], { stdio: 'pipe' });
});
