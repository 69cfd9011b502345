/**
 * What a user has: a Node, a Node-RED, and the packed tarball installed into an empty user directory. Nodes and
 * Node-REDs come from npm and are kept in `.compat` between runs; the package is packed and installed anew.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PACKAGE_ROOT } from '../nodes/node-red';
import type { Installation } from '../nodes/node-red';

/** One line of the support promise. */
export interface Platform {
  /** Major version of Node. */
  node: number;
  /** A range for npm, such as `4.1`. */
  nodeRed: string;
  /** Major version of the npm that installs the package; left out: the one of this machine. */
  npm?: number;
}

const CACHE = path.join(PACKAGE_ROOT, '.compat');
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];
/** The npm that belongs to the Node of this process. */
const OWN_NPM = path.resolve(process.execPath, '../../lib/node_modules/npm/bin/npm-cli.js');

/** npm's own program files are asked for by path: which Node runs them is part of what is tested. */
function npm(execPath: string, program: string, [cwd, ...args]: [string, ...string[]]): void {
  const environment = {
    ...process.env,
    PATH: `${path.dirname(execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
  };
  execFileSync(execPath, [program, ...args], { cwd, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A package from npm in a directory of its own, which is returned. */
function cached(name: string, range: string): string {
  const directory = path.join(CACHE, `${name}-${range}`);
  if (existsSync(path.join(directory, 'node_modules', name, 'package.json'))) return directory;
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'package.json'), '{ "private": true }\n');
  npm(process.execPath, OWN_NPM, [directory, 'install', ...QUIET, `${name}@${range}`]);
  return directory;
}

/** `npm pack` into `directory`; the path of the tarball. `dist` must be built. */
export function pack(directory: string): string {
  const answer = execFileSync(process.execPath, [OWN_NPM, 'pack', '--json', '--pack-destination', directory], {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(answer) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack made nothing: ${answer}`);
  return path.join(directory, packed.filename);
}

/** Installs the tarball as a user of this platform would; `remove` takes the user directory away again. */
export function install(tarball: string, platform: Platform): Installation & { remove: () => void } {
  const program = `node-${process.platform}-${process.arch}`;
  const execPath = path.join(cached(program, String(platform.node)), 'node_modules', program, 'bin/node');
  const nodeRed = cached('node-red', platform.nodeRed);
  const npmProgram =
    platform.npm === undefined
      ? OWN_NPM
      : path.join(cached('npm', String(platform.npm)), 'node_modules/npm/bin/npm-cli.js');
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-compat-'));
  writeFileSync(path.join(userDir, 'package.json'), '{ "name": "flows", "version": "1.0.0", "private": true }\n');
  npm(execPath, npmProgram, [userDir, 'install', ...QUIET, '--omit=dev', '--engine-strict', tarball]);
  return { execPath, nodeRed, userDir, remove: () => rmSync(userDir, { recursive: true, force: true }) };
}
