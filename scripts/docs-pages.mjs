// Turns docs/*.md into plain pages under resources/docs/, which Node-RED serves: the help of the editor links to them,
// so that they are there without internet, in the version that is installed. Knows only the Markdown that docs/ uses.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const style = `
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font-family: ui-monospace, monospace; font-size: 0.92em }
pre { overflow-x: auto; padding: 0.6rem; border: 1px solid #8886 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #8886; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top }
nav a { margin-right: 1rem }
`;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

// Only other pages can be reached from here.
function link(label, target) {
  const page = /^([\w-]+)\.md(#[\w-]+)?$/.exec(target);
  const address = page === null ? target : `${page[1]}.html${page[2] ?? ''}`;
  return page === null && !/^(https?:|#)/.test(target) ? label : `<a href="${address}">${label}</a>`;
}

function inline(text) {
  const codes = [];
  const kept = text.replace(
    /`([^`]+)`/g,
    (_, code) => `\u0000${codes.push(`<code>${escaped(code)}</code>`) - 1}\u0000`,
  );
  return escaped(kept)
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '')
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, label, target) => link(label, target))
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/(^|[\s(])_(.+?)_(?=[\s.,:;)?]|$)/g, '$1<i>$2</i>')
    .replace(/&lt;(https?:[^&\s]+)&gt;/g, '<a href="$1">$1</a>')
    .replace(/\u0000(\d+)\u0000/g, (_, index) => codes[Number(index)]);
}

const cells = (row) =>
  row
    .replace(/^\s*\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim().replaceAll('\\|', '|')));

function table(rows) {
  const line = (row, tag) =>
    `<tr>${cells(row)
      .map((cell) => `<${tag}>${cell}</${tag}>`)
      .join('')}</tr>`;
  return `<table>${line(rows[0], 'th')}${rows
    .slice(2)
    .map((row) => line(row, 'td'))
    .join('')}</table>`;
}

/** Items with their depth, continued lines joined. */
function list(lines) {
  const items = [];
  for (const line of lines) {
    const item = /^(\s*)(?:-|\d+\.) (.*)$/.exec(line);
    if (item === null) items[items.length - 1].text += ` ${line.trim()}`;
    else items.push({ depth: Math.floor(item[1].length / 2), text: item[2] });
  }
  let out = '';
  let depth = -1;
  for (const item of items) {
    for (; depth < item.depth; depth++) out += '<ul>';
    for (; depth > item.depth; depth--) out += '</ul>';
    out += `<li>${inline(item.text)}</li>`;
  }
  return out + '</ul>'.repeat(depth + 1);
}

function block(text) {
  const lines = text.split('\n');
  const heading = /^(#+) (.*)$/.exec(lines[0]);
  if (heading !== null) {
    const id = heading[2]
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-');
    return `<h${heading[1].length} id="${id}">${inline(heading[2])}</h${heading[1].length}>`;
  }
  if (lines[0].startsWith('|')) return table(lines);
  if (/^\s*(-|\d+\.) /.test(lines[0])) return list(lines);
  return `<p>${inline(lines.join(' '))}</p>`;
}

function page(markdown, names) {
  const title = /^# (.*)$/m.exec(markdown)?.[1] ?? '';
  const body = markdown
    .split(/^(```[^]*?^```)$/m)
    .map((part) => {
      if (part.startsWith('```')) return `<pre>${escaped(part.replace(/^```.*\n|\n?```$/g, ''))}</pre>`;
      return part
        .split(/\n{2,}/)
        .map((text) => text.trim())
        .filter((text) => text !== '')
        .map(block)
        .join('\n');
    })
    .join('\n');
  const nav = names.map((name) => `<a href="${name}.html">${name}</a>`).join(' ');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><meta name="viewport" content="width=device-width"><style>${style}</style><nav>${nav}</nav>${body}</html>\n`;
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
