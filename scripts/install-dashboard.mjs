// Installs Dashboard 2.0 under .dashboard/, where the tests of its examples look for it: 180 packages and 135 MB, too
// much for everybody's `npm ci`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const VERSION = '1.31.0';
const folder = path.resolve(import.meta.dirname, '../.dashboard');
mkdirSync(folder, { recursive: true });
const manifest = { name: 'dashboard', private: true, dependencies: { '@flowfuse/node-red-dashboard': VERSION } };
writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'];
const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
process.exit(status ?? 1);
