/**
 * Which webcam is meant, and what it can do: a name, a path or nothing in, what FFmpeg opens out. Asks FFmpeg, on Linux
 * also /sys, which knows cameras that this user may not open. Each question is bounded in time.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionError } from '../errors';
import { runBriefly } from '../ffmpeg/run-briefly';
import type { BriefRun } from '../ffmpeg/run-briefly';
import type { SourceContext } from './live-source';
import { webcamFailure } from './webcam-failure';
import type { ListedDevice } from './webcam-listing';
import type { WebcamMode } from './webcam-mode';
import { webcamSystem } from './webcam-system';

/** What looking for cameras needs. */
export interface WebcamContext extends Pick<SourceContext, 'ffmpeg'> {
  onChild?: SourceContext['onChild'] | undefined;
  platform: NodeJS.Platform;
}

/** A camera and its modes; none where FFmpeg could not tell them. */
export interface FoundWebcam extends ListedDevice {
  modes: WebcamMode[];
}

/** Old cameras answer slowly; a listing on a Mac asks every one of them. */
const LISTING_TIMEOUT_MS = 10_000;
const MAX_DEVICES = 32;
const LINUX_CAMERAS = '/sys/class/video4linux';
const CONTROL = /\p{Cc}/u;

/** The cameras of this machine, those included that turn out to be none. Rejects with FFMPEG_FAILED or INVALID_OPTION. */
export async function listedDevices(context: WebcamContext): Promise<ListedDevice[]> {
  const system = webcamSystem(context.platform);
  const run = await ask(context, system.devicesArgs);
  const listed = system.parseDevices(run);
  const known = context.platform === 'linux' ? await linuxDevices() : [];
  const all = [...listed, ...known.filter(({ device }) => listed.every((other) => other.device !== device))];
  if (all.length === 0 && cannotList(run)) throw webcamFailure(run.exit, 'The list of webcams');
  return all.slice(0, MAX_DEVICES);
}

/** Rejects with WEBCAM_*, SOURCE_UNSUPPORTED or FFMPEG_FAILED, each naming the camera. */
export async function findWebcam(device: string | undefined, context: WebcamContext): Promise<FoundWebcam> {
  const asked = device?.trim() ?? '';
  if (asked.startsWith('-') || CONTROL.test(asked)) {
    throw new SessionError('INVALID_OPTION', `"${asked}" is no webcam: choose one from the list.`);
  }
  if (asked === '') return firstWebcam(context);
  const listed = await namedDevice(asked, context);
  return { ...listed, modes: await modesOf(listed, context) };
}

/** Rejects with what is wrong with this camera; gives no modes where nothing is known to be wrong. */
export async function modesOf({ device, name }: ListedDevice, context: WebcamContext): Promise<WebcamMode[]> {
  const system = webcamSystem(context.platform);
  const run = await ask(context, system.modesArgs(device));
  const modes = system.parseModes(run.stderr);
  if (modes.length > 0) return modes;
  const error = webcamFailure(run.exit, webcamName({ device, name }));
  // What it cannot list may work all the same.
  if (error.code === 'SOURCE_UNREACHABLE' || error.code === 'INVALID_OPTION') return [];
  throw error;
}

/** For people, the beginning of a sentence. */
export function webcamName({ device, name }: ListedDevice): string {
  const isNamed = name !== '' && name !== device;
  if (!isNamed) return `Webcam ${device}`;
  return device.startsWith('/') ? `Webcam ${device} (${name})` : `Webcam "${name}"`;
}

async function firstWebcam(context: WebcamContext): Promise<FoundWebcam> {
  let fault: SessionError | undefined;
  for (const listed of await listedDevices(context)) {
    try {
      const modes = await modesOf(listed, context);
      // On Linux every camera has nodes beside it that deliver no pictures.
      if (modes.length > 0 || context.platform !== 'linux') return { ...listed, modes };
    } catch (thrown) {
      const error = SessionError.from(thrown);
      if (error.code !== 'SOURCE_UNSUPPORTED') fault ??= error;
    }
  }
  if (fault !== undefined) throw fault;
  throw new SessionError(
    'WEBCAM_NOT_FOUND',
    'No webcam was found on the machine that runs Node-RED: plug one in; into Docker it has to be passed with --device.',
    { retry: true },
  );
}

async function namedDevice(asked: string, context: WebcamContext): Promise<ListedDevice> {
  if (context.platform === 'linux') {
    const path = /^\d+$/.test(asked) ? `/dev/video${asked}` : asked;
    if (/^\/dev\/(?!.*\.\.)/.test(path)) return { device: path, name: path };
  }
  if (context.platform === 'win32' && asked.startsWith('@device')) return { device: asked, name: asked };
  const listed = await listedDevices(context);
  const same = (name: string): boolean => name.toLowerCase() === asked.toLowerCase();
  const found = listed.find(({ name }) => same(name)) ?? listed.find(({ device }) => same(device));
  if (found !== undefined) return found;
  const names = listed.map(({ name }) => `"${name}"`).join(', ');
  throw new SessionError(
    'WEBCAM_NOT_FOUND',
    `Webcam "${asked}" is not there: plug it in, or choose another one. There ${names === '' ? 'is none' : `are ${names}`}.`,
    { retry: true },
  );
}

function ask({ ffmpeg, onChild }: WebcamContext, args: readonly string[]): Promise<BriefRun> {
  return runBriefly(ffmpeg, { args, onChild, timeoutMs: LISTING_TIMEOUT_MS });
}

/** It did not understand the question, in contrast to having found nothing. */
function cannotList({ stderr, exit }: BriefRun): boolean {
  return /Unknown input format|cannot start:|Unrecognized option/i.test(stderr + exit.stderrTail);
}

/** As the kernel names them, whoever may open them. */
async function linuxDevices(): Promise<ListedDevice[]> {
  try {
    const entries = (await readdir(LINUX_CAMERAS)).filter((entry) => /^video\d+$/.test(entry));
    const numbered = entries.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
    return await Promise.all(
      numbered.map(async (entry) => {
        const name = await readFile(join(LINUX_CAMERAS, entry, 'name'), 'utf8').catch(() => '');
        return { device: `/dev/${entry}`, name: name.trim() };
      }),
    );
  } catch {
    // No camera, or no such folder: FFmpeg's list is what there is.
    return [];
  }
}
