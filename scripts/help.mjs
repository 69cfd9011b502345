// Writes docs/nodes.md from the English help of the editor, which is the one source of both. With --check it only says
// whether the file is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'docs/nodes.md');
const nodes = ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame'];
const head = `# The nodes

Made from the help of the editor (\`nodes/locales/en-US/*.html\`) by \`node scripts/help.mjs\`: change it there.
Every setting, input and output of the four nodes; what can go wrong stands in [error codes](errors.md) and
[troubleshooting](troubleshooting.md).
`;

const block = /(<\/?(?:script|p|h3|h4|dl|dt|dd|ul|ol|li)(?:\s[^>]*)?>)/;

function inline(text) {
  return text
    .replace(/<code>(.*?)<\/code>/g, '`$1`')
    .replace(/<\/?b>/g, '**')
    .replace(/<\/?i>/g, '_')
    .replace(/<a href="[^"]*\/docs\/([\w-]+)\.html"[^>]*>(.*?)<\/a>/g, '[$2]($1.md)')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** One help text as Markdown, its headings two levels down. */
function markdown(html) {
  const pieces = html
    .replace(/\s+/g, ' ')
    .replace(/<(\/?\w+) >/g, '<$1>')
    .split(block);
  let out = '';
  let depth = 0; // of lists
  let open = ''; // the block that holds the next text
  let optional = false;
  for (const piece of pieces.map((text) => text.trim()).filter((text) => text !== '')) {
    const [, closing, name] = /^<(\/?)(script|p|h3|h4|dl|dt|dd|ul|ol|li)\b/.exec(piece) ?? [];
    if (name === undefined) {
      const indent = '  '.repeat(Math.max(0, depth - 1));
      const [label, type] = piece.split(/\s*<span class="property-type">/);
      if (open === 'h3') out += `\n### ${inline(piece)}\n\n`;
      else if (open === 'h4') out += `\n#### ${inline(piece)}\n\n`;
      else if (open === 'dt')
        out += `${indent}- **${label}** (${type.replace('</span>', '')}${optional ? ', optional' : ''}): `;
      else if (open === 'dd') out += `${inline(piece)}\n`;
      else if (open === 'li') out += `${indent}- ${inline(piece)}\n`;
      else out += `\n${inline(piece)}\n\n`;
    } else {
      if (['ul', 'ol', 'dl'].includes(name)) depth += closing ? -1 : 1;
      open = closing ? '' : name;
      optional = piece.includes('class="optional"');
    }
  }
  return out;
}

const parts = nodes.map((name) => {
  const html = readFileSync(path.join(root, `nodes/locales/en-US/${name}.html`), 'utf8');
  return `\n## ${name}\n${markdown(html)}`;
});
const text = await prettier.format(head + parts.join(''), {
  ...(await prettier.resolveConfig(target)),
  filepath: target,
});

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('docs/nodes.md does not say what the help says: run `node scripts/help.mjs`');
  process.exitCode = 1;
}
