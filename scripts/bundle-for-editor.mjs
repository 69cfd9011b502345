// Writes rules of the runtime for the editor too, so that each stands once: a file of resources/ that a page loads.
import path from 'node:path';
import { build } from 'esbuild';

/** What the compiler made of `entry` (without an ending), with all that it imports, as the global variable `name`. */
export async function bundleForEditor(root, entry, name) {
  await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'dist', `${entry}.js`)],
    outfile: path.join(root, 'resources', `${path.basename(entry)}.js`),
    bundle: true,
    platform: 'browser',
    target: 'es2020',
    format: 'iife',
    globalName: name,
    charset: 'utf8',
    logLevel: 'warning',
  });
}
