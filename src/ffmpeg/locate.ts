/**
 * Which FFmpeg to run: settings and environment in, a probed program out. Lazy, and cached per path. What somebody
 * named explicitly (setting, runtime setting, FFMPEG_BIN) and does not work is an error, never skipped silently.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { SessionError } from '../errors';
import type { RunnableProgram } from './process';
import { REMEDY } from './remedy';

/** A program that answered `-version`. */
export interface FfmpegProgram extends RunnableProgram {
  origin: 'setting' | 'runtime' | 'environment' | 'ffmpeg-static' | 'path';
  /** As FFmpeg writes it: "5.1.9-0+deb12u1", "7.0.2-static", "N-116000-gabcdef". */
  version: string;
  /** Names such as `libvpx`, `mjpeg`, `libx264`. */
  encoders: ReadonlySet<string>;
}

/** What is named by people; an empty or blank path counts as none. */
export interface LocateOptions {
  /** The session node's setting. */
  settingPath?: string | undefined;
  /** `webrtcSessionFfmpegPath` of settings.js. */
  runtimePath?: string | undefined;
}

/** The machine as the search sees it; tests bring their own. */
export interface LocateHost {
  environment: Readonly<Record<string, string | undefined>>;
  /** What `require('ffmpeg-static')` gives; throws when the package is absent. */
  staticPath(): unknown;
  /** Name looked up in PATH by the operating system. */
  pathName: string;
  probeTimeoutMs: number;
  /** Probes under way and done, by path. Failures are not kept: a program may be installed at any time. */
  probed: Map<string, Promise<Probe>>;
}

interface Probe {
  version: string;
  encoders: ReadonlySet<string>;
}

interface Candidate {
  origin: FfmpegProgram['origin'];
  path: string;
  /** How the place is called in messages; null: found by ourselves, may fail silently. */
  namedBy: string | null;
}

/** Generous: the first start from a slow SD card takes seconds. */
const PROBE_TIMEOUT_MS = 20_000;
const PROBE_OUTPUT_BYTES = 4 * 1024 * 1024;

const thisMachine: LocateHost = {
  environment: process.env,
  // Optional: only `require` at run time can tell whether it is installed.
  staticPath: (): unknown => require('ffmpeg-static'), // eslint-disable-line @typescript-eslint/no-require-imports
  pathName: 'ffmpeg',
  probeTimeoutMs: PROBE_TIMEOUT_MS,
  probed: new Map(),
};

/** The first FFmpeg that works, in the order of the header; rejects with FFMPEG_NOT_FOUND and the remedy. */
export async function locateFfmpeg(
  options: LocateOptions = {},
  host: LocateHost = thisMachine,
): Promise<FfmpegProgram> {
  const tried: string[] = [];
  for (const candidate of candidates(options, host, tried)) {
    try {
      const probe = await probeOnce(candidate, host);
      return { path: candidate.path, origin: candidate.origin, ...probe };
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (candidate.namedBy !== null) throw brokenSetting(candidate, reason, thrown);
      tried.push(`${candidate.path}: ${reason}`);
    }
  }
  throw new SessionError('FFMPEG_NOT_FOUND', `No FFmpeg found (${tried.join('; ')}). ${REMEDY}`);
}

function* candidates(options: LocateOptions, host: LocateHost, tried: string[]): Generator<Candidate> {
  const named = [
    { origin: 'setting', path: options.settingPath, namedBy: 'the FFmpeg path of the session' },
    { origin: 'runtime', path: options.runtimePath, namedBy: 'webrtcSessionFfmpegPath in settings.js' },
    { origin: 'environment', path: host.environment['FFMPEG_BIN'], namedBy: 'the environment variable FFMPEG_BIN' },
  ] as const;
  for (const { origin, path, namedBy } of named) {
    if (path !== undefined && path.trim() !== '') yield { origin, path: path.trim(), namedBy };
  }
  const staticPath = ffmpegStaticPath(host);
  if (staticPath === null) tried.push('ffmpeg-static: not installed');
  else yield { origin: 'ffmpeg-static', path: staticPath, namedBy: null };
  yield { origin: 'path', path: host.pathName, namedBy: null };
}

/** The package is absent (`MODULE_NOT_FOUND`), or knows no build for this platform (null). */
function ffmpegStaticPath(host: LocateHost): string | null {
  try {
    const path = host.staticPath();
    return typeof path === 'string' && path !== '' ? path : null;
  } catch {
    return null;
  }
}

async function probeOnce(candidate: Candidate, host: LocateHost): Promise<Probe> {
  const known = host.probed.get(candidate.path);
  if (known) return known;
  const probing = probe(candidate, host.probeTimeoutMs);
  host.probed.set(candidate.path, probing);
  try {
    return await probing;
  } catch (thrown) {
    host.probed.delete(candidate.path);
    throw thrown;
  }
}

async function probe({ path, origin }: Candidate, timeoutMs: number): Promise<Probe> {
  // With blocked install scripts the package names a file that was never fetched.
  if (origin === 'ffmpeg-static') await requireExecutable(path);
  const listing = run(path, ['-hide_banner', '-encoders'], timeoutMs);
  listing.catch(() => undefined); // a program that is none is told by its version
  const version = /^ffmpeg version (\S+)/m.exec(await run(path, ['-version'], timeoutMs))?.[1];
  if (version === undefined) throw new Error('does not answer -version as FFmpeg does');
  return { version, encoders: parseEncoders(await listing) };
}

async function requireExecutable(path: string): Promise<void> {
  try {
    await access(path, constants.F_OK);
  } catch {
    throw new Error('the package is installed but its program was not fetched (install script blocked or failed)');
  }
  try {
    await access(path, constants.X_OK);
  } catch {
    throw new Error('the file is not executable');
  }
}

function run(path: string, args: string[], timeoutMs: number): Promise<string> {
  const options = {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: PROBE_OUTPUT_BYTES,
    windowsHide: true,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(path, args, options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(probeFault(error, timeoutMs), { cause: error }));
    });
  });
}

function probeFault(error: { code?: unknown; killed?: boolean; signal?: unknown }, timeoutMs: number): string {
  if (error.killed === true) return `did not answer within ${timeoutMs} ms`;
  if (error.code === 'ENOENT') return 'no such program';
  if (error.code === 'EACCES') return 'may not be executed';
  if (error.code === 'ENOEXEC') return 'is not a program for this machine';
  if (typeof error.code === 'number') return `ended with exit code ${error.code}`;
  return `could not be run (${String(error.code ?? error.signal)})`;
}

/** Lines like ` V....D libvpx              libvpx VP8 (codec vp8)` after the legend. */
function parseEncoders(listing: string): ReadonlySet<string> {
  const names = listing.matchAll(/^ [VAS][A-Z.]{5} ([\w-]+) /gm);
  return new Set(Array.from(names, (match) => match[1] ?? ''));
}

function brokenSetting({ path, namedBy }: Candidate, reason: string, cause: unknown): SessionError {
  const message = `FFmpeg at ${path} does not work: ${reason}. Correct ${namedBy ?? 'the path'}, or leave it empty to search. ${REMEDY}`;
  return new SessionError('FFMPEG_NOT_FOUND', message, { cause });
}
