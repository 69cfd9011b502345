// Compiles to dist/, copies what Node-RED loads from beside a node's js (html, locales, icons), makes pages of docs/.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundleForEditor } from './bundle-for-editor.mjs';
import { bundleThread } from './bundle-thread.mjs';
import { writeDocsPages } from './docs-pages.mjs';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
try {
  execFileSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.json')], { stdio: 'inherit', cwd: root });
} catch {
  process.exit(1);
}

await bundleThread(root);

const nodes = path.join(root, 'nodes');
mkdirSync(path.join(dist, 'nodes'), { recursive: true });
for (const file of readdirSync(nodes)) {
  if (file.endsWith('.html')) cpSync(path.join(nodes, file), path.join(dist, 'nodes', file));
}
const copies = [
  [path.join(nodes, 'locales'), path.join(dist, 'nodes', 'locales')],
  [path.join(root, 'icons'), path.join(dist, 'nodes', 'icons')],
];
for (const [from, to] of copies) if (existsSync(from)) cpSync(from, to, { recursive: true });
writeDocsPages(root);

// The editor upgrades saved nodes and reads specifications and paths by the same rules as the runtime.
await bundleForEditor(root, 'nodes/runtime/migrate', 'inferenceWebrtcSchema');
await bundleForEditor(root, 'nodes/runtime/output-path', 'inferenceWebrtcPaths');
await bundleForEditor(root, 'src/signalling/workflow-interface', 'inferenceWebrtcInterface');
