/**
 * The file of an upload, made ready before anything connects: fetched if it is at an http(s) address, then looked at,
 * so that what holds no video is refused here and not processed to nothing by the server.
 */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { FfmpegProcess } from '../ffmpeg/process';
import type { HttpRoute } from '../signalling/dispatcher';
import { downloadLabel } from '../signalling/http-download';
import type { UploadSpec } from './spec';
import { probeStream } from './stream-probe';
import { openUpload } from './upload-source';
import type { UploadSource } from './upload-source';
import { downloadVideo } from './video-download';
import type { LocalVideo } from './video-download';

/** What it works with. */
export interface UploadContext {
  /** Rejects when there is none: then nothing is looked at. */
  ffmpeg: () => Promise<FfmpegProgram>;
  clock: Clock;
  onChild: (pid: number, running: boolean) => void;
  route: (url: string) => HttpRoute;
  onDownload: (doneBytes: number, totalBytes: number | null) => void;
  signal: AbortSignal;
}

const DEFAULT_MAX_BYTES = 2 * 1_024 ** 3;
/** A few pictures of a local file take a fraction of it. */
const PROBE_LIMIT_MS = 10_000;

/** Rejects with SOURCE_FILE_UNREADABLE, SOURCE_UNSUPPORTED, DOWNLOAD_FAILED, INVALID_OPTION or SESSION_CLOSED. */
export async function openUploadFile(spec: UploadSpec, context: UploadContext): Promise<UploadSource> {
  const video = await localVideo(spec, context);
  let upload: UploadSource | undefined;
  let durationMs: number | null = null;
  try {
    upload = await openUpload({ ...spec, path: video.path });
    refuseLarge(upload.sizeBytes, spec);
    durationMs = await look(video.path, nameOf(spec), context);
    context.signal.throwIfAborted();
  } catch (thrown) {
    await upload?.close();
    await (context.signal.aborted ? video.close() : video.discard());
    throw thrown;
  }
  const opened = upload;
  return { ...opened, durationMs, close: () => opened.close().then(() => video.close()) };
}

async function localVideo(spec: UploadSpec, { route, onDownload, signal }: UploadContext): Promise<LocalVideo> {
  const nothing = (): Promise<void> => Promise.resolve();
  if (!/^https?:\/\//i.test(spec.path)) return { path: spec.path, discard: nothing, close: nothing };
  const url = addressOf(spec.path);
  return downloadVideo({
    ...{ url, address: spec.path, route, signal, environment: process.env },
    username: spec.username ?? '',
    password: spec.password ?? '',
    cache: spec.cache ?? true,
    maxBytes: spec.maxBytes ?? DEFAULT_MAX_BYTES,
    onProgress: onDownload,
  });
}

function addressOf(path: string): URL {
  const url = URL.canParse(path) ? new URL(path) : undefined;
  if (url === undefined) throw new SessionError('INVALID_OPTION', 'The address of the video is not a URL.');
  if (url.username === '' && url.password === '') return url;
  const message = 'The address of the video holds a user or password: give them as username and password.';
  throw new SessionError('INVALID_OPTION', message);
}

/** As messages may show it. */
function nameOf({ path }: UploadSpec): string {
  return /^https?:\/\//i.test(path) ? downloadLabel(addressOf(path)) : path;
}

function refuseLarge(sizeBytes: number, spec: UploadSpec): void {
  const { maxBytes = DEFAULT_MAX_BYTES } = spec;
  if (sizeBytes <= maxBytes) return;
  const message = `The file ${nameOf(spec)} is larger than ${Math.floor(maxBytes / 1_048_576)} MB: cut it, or raise maxBytes.`;
  throw new SessionError('SOURCE_UNSUPPORTED', message);
}

/** Gives the duration of the video, where it is known. */
async function look(
  path: string,
  name: string,
  { ffmpeg, clock, onChild, signal }: UploadContext,
): Promise<number | null> {
  const program = await ffmpeg().catch(() => undefined);
  if (program === undefined || signal.aborted) return null;
  let child: FfmpegProcess | undefined;
  const cut = new AbortController();
  cut.signal.addEventListener('abort', () => void child?.close());
  const end = (): void => cut.abort();
  const cancelLimit = clock.after(PROBE_LIMIT_MS, end);
  signal.addEventListener('abort', end, { once: true });
  try {
    const { durationMs } = await probeStream({
      context: { ffmpeg: program, clock, onChild },
      ...{ input: { ffmpeg: program, url: path }, requested: 'encode', what: `File ${name}`, secrets: [] },
      onStarted: (process) => (child = process),
    });
    return durationMs;
  } catch (thrown) {
    if (!cut.signal.aborted) throw thrown;
    return null;
  } finally {
    cancelLimit();
    signal.removeEventListener('abort', end);
  }
}
