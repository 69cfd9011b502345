/** Every text of the editor is there in every language, used by something, and holds the same placeholders. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const LOCALES = path.join(ROOT, 'nodes/locales');
const NODES = ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame'];
// Under the names that Node-RED gives its own languages: it looks for no others.
const LANGUAGES = ['de', 'es-ES', 'fr', 'ja', 'ko', 'pt-BR', 'zh-CN'];
/** Of a status under a node; Node-RED cuts what is longer. */
const BADGE_LETTERS = 19;

type Catalogue = { [key: string]: string | Catalogue };

function texts(catalogue: Catalogue, prefix = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : texts(value, `${prefix}${key}.`),
  );
}

function catalogue(language: string, node: string): Map<string, string> {
  const text = readFileSync(path.join(LOCALES, language, `${node}.json`), 'utf8');
  return new Map(texts(JSON.parse(text) as Catalogue));
}

const help = (language: string, node: string): string =>
  readFileSync(path.join(LOCALES, language, `${node}.html`), 'utf8').replace(/\s+/g, ' ');

/** What a text is filled with, and the tags it is made of. */
function placeholders(text: string): string[] {
  return (text.match(/__\w+__|\{\{.*?\}\}|\$\{\w+\}|<\/?\w+>/g) ?? []).sort();
}

/** Names of properties, headings, codes and links: what must be the same in every language. */
function skeleton(html: string): string[] {
  const blocks = html.match(/<(h3|h4|dl|dt|dd|ul|ol|li|p)\b/g) ?? [];
  const properties = [...html.matchAll(/<dt[^>]*> ?([\w, ]+) <span/g)].map(([, name]) => name ?? '');
  const codes = [...html.matchAll(/<code ?>(.*?)<\/code ?>/g)].map(([, code]) => code ?? '').sort();
  const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, target]) => target ?? '');
  return [...blocks, ...properties.filter((name) => !name.includes(' ') || name.includes(',')), ...codes, ...links];
}

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|html)$/.test(entry.name) && !/locales|docs/.test(entry.parentPath))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
}

const code = [...sources('nodes'), ...sources('resources')].join('\n');
const words = new Set([code, ...sources('src')].join('\n').match(/\w[\w-]*/g));
const whole = new Set(code.match(/\w[\w.-]*(?=['"`])/g));
/** `'on-data.status.' + id`, `${node.type}.status.${id}`: what is put together at run time. */
const begun = new Set(code.match(/[}']?[\w.-]*\.(?=['"`]|\$\{)/g)?.flatMap((start) => [start, start.replace("'", '')]));

/** A key stands somewhere as a whole, or begins there and the rest are words of the code. */
function isUsed(key: string): boolean {
  const [node = '', ...parts] = key.split('.');
  return whole.has(key) || parts.some((_, at) => isNamedInParts(node, parts.slice(0, at), parts.slice(at)));
}

function isNamedInParts(node: string, begin: string[], rest: string[]): boolean {
  const prefix = begin.map((part) => `${part}.`).join('');
  // Some functions add the name of the node, or the beginning, themselves.
  const starts = [`${node}.${prefix}`, ...(begin.length > 0 ? [`}.${prefix}`, `'${prefix}`] : [])];
  return starts.some((start) => begun.has(start)) && rest.every(isWord);
}

/** `downloadingPercent` comes from `${phase}Percent`. */
function isWord(part: string): boolean {
  const [, ending] = /[a-z]([A-Z][a-z]+)$/.exec(part) ?? [];
  return words.has(part) || (ending !== undefined && code.includes(`}${ending}\``));
}

describe('the English texts', () => {
  it.each(NODES)('of %s are all used', (node) => {
    expect([...catalogue('en-US', node).keys()].filter((key) => !isUsed(key))).toEqual([]);
  });
});

it('comes in the languages that are promised', () => {
  expect(readdirSync(LOCALES).sort()).toEqual([...LANGUAGES, 'en-US'].sort());
});

describe.each(LANGUAGES)('in %s', (language) => {
  it.each(NODES)('%s has each text of the English one, no other, with the same placeholders', (node) => {
    const english = catalogue('en-US', node);
    const translated = catalogue(language, node);
    expect([...translated.keys()]).toEqual([...english.keys()]);
    for (const [key, text] of translated)
      expect([key, placeholders(text)]).toEqual([key, placeholders(english.get(key) ?? '')]);
  });

  it.each(NODES)('the help of %s has the same properties, inputs, outputs, codes and links', (node) => {
    expect(skeleton(help(language, node))).toEqual(skeleton(help('en-US', node)));
  });

  it('no badge is longer than Node-RED shows', () => {
    const filled = { fps: '29.9', attempt: '12', percent: '100' };
    const badges = NODES.flatMap((node) => [...catalogue(language, node)])
      .filter(([key]) => key.includes('.status.'))
      .map(([, text]) =>
        text.replace(/__(\w+)__/g, (_, name: string) => (name in filled ? filled[name as keyof typeof filled] : '12')),
      );
    expect(badges.filter((text) => Array.from(text).length > BADGE_LETTERS)).toEqual([]);
  });
});
