// Turns docs/*.md into plain pages under resources/docs/, which Node-RED serves: the help of the editor links to them,
// so that they are there without internet, in the version that is installed. HTML in them is shown as text.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Marked } from 'marked';

const style = `
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font-family: ui-monospace, monospace; font-size: 0.92em }
pre { overflow-x: auto; padding: 0.6rem; border: 1px solid #8886 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #8886; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top }
nav a { margin-right: 1rem }
`;

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** As in the addresses that the texts use: `#what-failed-first`. */
const anchor = (title) =>
  title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');

const markdown = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${anchor(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    code: ({ text }) => `<pre>${escaped(text)}</pre>\n`,
    // Only other pages can be reached from here.
    link({ href, tokens }) {
      const label = this.parser.parseInline(tokens);
      const page = /^([\w-]+)\.md(#[\w-]+)?$/.exec(href);
      if (page !== null) return `<a href="${page[1]}.html${page[2] ?? ''}">${label}</a>`;
      return /^(https?:|#)/.test(href) ? `<a href="${escaped(href)}">${label}</a>` : label;
    },
    image: () => '',
    html: ({ text }) => escaped(text.replace(/<!--[^]*?-->/g, '')),
  },
});

function page(text, names) {
  const title = /^# (.*)$/m.exec(text)?.[1] ?? '';
  const nav = names.map((name) => `<a href="${name}.html">${name}</a>`).join(' ');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><meta name="viewport" content="width=device-width"><style>${style}</style><nav>${nav}</nav>${markdown.parse(text)}</html>\n`;
}

export function writeDocsPages(root) {
  const docs = path.join(root, 'docs');
  const target = path.join(root, 'resources/docs');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const names = readdirSync(docs)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -3));
  for (const name of names) {
    writeFileSync(path.join(target, `${name}.html`), page(readFileSync(path.join(docs, `${name}.md`), 'utf8'), names));
  }
}
