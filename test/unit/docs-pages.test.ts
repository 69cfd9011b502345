/** scripts/docs-pages.mjs: the pages of docs/ that Node-RED serves show no HTML but their own, and lead to each other. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const { writeDocsPages } = (await import(pathToFileURL(path.join(root, 'scripts/docs-pages.mjs')).href)) as {
  writeDocsPages: (root: string) => void;
};

/** The body of the page that such a text becomes. */
function bodyOf(markdown: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'docs-'));
  mkdirSync(path.join(folder, 'docs'));
  writeFileSync(path.join(folder, 'docs/one.md'), markdown);
  writeDocsPages(folder);
  return readFileSync(path.join(folder, 'resources/docs/one.html'), 'utf8').replace(/^.*<\/nav>|<\/html>\n$/gs, '');
}

it('leads to other pages and to the web, and nowhere else', () => {
  const links =
    '[a](errors.md#codes) [b](https://a.example/?b=1&c) [c](#here) [d](../LICENSE) [e](javascript:alert(1))';
  expect(bodyOf(`${links} ![f](picture.png)`).trim()).toBe(
    '<p><a href="errors.html#codes">a</a> <a href="https://a.example/?b=1&amp;c">b</a> <a href="#here">c</a> d e </p>',
  );
});

it.each([
  ['in a text', 'a <b onclick="x">bold</b> claim', '&lt;b onclick=&quot;x&quot;&gt;bold&lt;/b&gt;'],
  ['as a block', '<script>alert(1)</script>\n', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['in code', '`<video>`', '<code>&lt;video&gt;</code>'],
  ['in a block of code', '```html\n<video src="a">\n```', '<pre>&lt;video src=&quot;a&quot;&gt;</pre>'],
  ['after a comment', '<!-- a --><script>alert(1)</script><!-- b -->', '&lt;script&gt;'],
])('shows HTML as text: %s', (_, markdown, shown) => {
  const body = bodyOf(markdown);
  expect(body).toContain(shown);
  expect(body).not.toMatch(/<(b |script|video)/);
});

it('leaves comments out, and gives headings the names that addresses use', () => {
  expect(bodyOf('<!-- begin -->\n\n## What `x` is, and why\n\n<!-- end -->').trim()).toBe(
    '<h2 id="what-x-is-and-why">What <code>x</code> is, and why</h2>',
  );
});
