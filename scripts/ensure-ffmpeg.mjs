// FFmpeg for `npm start`: found, or installed by apt where nobody can be asked (root without a terminal) or where it
// was asked for (--install-ffmpeg), or else explained.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './node-red-host.mjs';

const require = createRequire(import.meta.url);

async function found() {
  const { locateFfmpeg } = require(path.join(root, 'dist/src/index.js'));
  try {
    return { program: await locateFfmpeg({}) };
  } catch (error) {
    return { error };
  }
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
}

/** Resolves with the program; throws the library's own explanation when there is none. */
export async function ensureFfmpeg({ install }) {
  const first = await found();
  if (first.program) return first.program;
  const isRoot = process.getuid?.() === 0;
  const mayInstall = isRoot && (install || !process.stdin.isTTY);
  if (!mayInstall) throw first.error;
  console.error('FFmpeg is missing: installing it with "apt-get install ffmpeg" ...');
  const installed =
    apt('install', '-y', '--no-install-recommends', 'ffmpeg') ||
    (apt('update') && apt('install', '-y', '--no-install-recommends', 'ffmpeg'));
  if (!installed) throw first.error;
  const second = await found();
  if (second.program) return second.program;
  throw second.error;
}
