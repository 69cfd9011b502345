/**
 * Prepares the two Python environments of this suite under `.interop/`, once, and says where their interpreters are.
 * INTEROP_AIORTC_PYTHON and INTEROP_SDK_PYTHON name interpreters to use instead; nothing is installed into those.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HERE = import.meta.dirname;
export const REPOSITORY_ROOT = join(HERE, '..', '..');

/** Installing OpenCV, SciPy and FFmpeg libraries from wheels takes a minute or two. */
export const INSTALL_TIMEOUT_MS = 600_000;

export type VenvName = keyof typeof VENVS;

/** What each environment holds, and which Python minor versions its packages accept (3.minor). */
const VENVS = {
  aiortc: { override: 'INTEROP_AIORTC_PYTHON', minors: [14, 13, 12, 11, 10] },
  // inference-sdk pins av 14.2.0, which has wheels up to Python 3.12 or 3.13; the SDK itself stops below 3.14.
  'inference-sdk': { override: 'INTEROP_SDK_PYTHON', minors: [12, 11, 10] },
} as const;

/** The interpreter of an environment that is ready to use. Rejects with what is missing on this machine. */
export async function interopPython(name: VenvName): Promise<string> {
  const override = process.env[VENVS[name].override];
  if (override !== undefined && override !== '') return override;
  const folder = join(REPOSITORY_ROOT, '.interop', name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const requirements = join(HERE, `${name}-requirements.txt`);
  const stamp = join(folder, 'requirements.sha256');
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const installed = await readFile(stamp, 'utf8').catch(() => '');
  if (installed === hash) return python;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run(await hostPython(name), ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    timeout: INSTALL_TIMEOUT_MS,
  });
  // Last, so that an installation that broke off is done again.
  await writeFile(stamp, hash);
  return python;
}

/** A Python of this machine that the environment accepts; INTEROP_PYTHON first. */
async function hostPython(name: VenvName): Promise<string> {
  const { minors } = VENVS[name];
  const named = process.env['INTEROP_PYTHON'];
  const candidates = [...(named === undefined ? [] : [named]), 'python3', ...minors.map((minor) => `python3.${minor}`)];
  for (const candidate of candidates) {
    const minor = await pythonMinor(candidate);
    if (minors.some((accepted) => accepted === minor)) return candidate;
  }
  throw new Error(
    `The ${name} environment needs Python 3.${minors.at(-1)} to 3.${minors[0]} with venv (Debian: apt install python3-venv). ` +
      `Name one in INTEROP_PYTHON, or a prepared environment in ${VENVS[name].override}.`,
  );
}

/** Of Python 3; undefined when the command is absent, or does not run, or lacks venv. */
async function pythonMinor(command: string): Promise<number | undefined> {
  try {
    const { stdout } = await run(command, ['-c', 'import ensurepip, venv, sys; print(sys.version_info.minor)']);
    return Number(stdout);
  } catch {
    return undefined;
  }
}
