/**
 * A video at an http(s) address as a local file: from the cache that the official SDK uses too, or fetched into it.
 * What is not whole never gets its final name, and nothing of it stays behind. Without the cache the file is temporary.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { SessionError } from '../errors';
import { downloadError, openDownload } from '../signalling/http-download';
import type { Download, DownloadRequest } from '../signalling/http-download';

/** What to fetch where to. */
export interface VideoDownload extends Omit<DownloadRequest, 'idleTimeoutMs'> {
  /** The address as the author wrote it: the name in the cache is made of it. */
  address: string;
  cache: boolean;
  maxBytes: number;
  environment: Record<string, string | undefined>;
  /** `totalBytes` null: unknown. */
  onProgress: (doneBytes: number, totalBytes: number | null) => void;
}

/** A file that is here. */
export interface LocalVideo {
  path: string;
  /** The file is of no use: it is deleted, from the cache too. Never rejects. */
  discard(): Promise<void>;
  /** Deletes it unless it is cached. Never rejects. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_S = 300;
const STAGING = /^inference-webrtc-.*\.part$/;
/** A download that goes on writes at least once in its time limit. */
const STALE_MS = 3_600_000;

/** Rejects with DOWNLOAD_FAILED, SESSION_CLOSED or INVALID_OPTION. */
export async function downloadVideo(request: VideoDownload): Promise<LocalVideo> {
  try {
    return request.cache ? await throughCache(request) : await intoTemporary(request);
  } catch (thrown) {
    throw thrown instanceof SessionError ? thrown : storageError(request.url, thrown);
  }
}

async function throughCache(request: VideoDownload): Promise<LocalVideo> {
  const folder = cacheFolder(request.environment);
  await mkdir(folder, { recursive: true });
  const path = join(folder, cacheName(request));
  const video = { path, discard: () => remove(path), close: () => Promise.resolve() };
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true && found.size > 0) return video;
  await removeStale(folder);
  await fetchTo(request, { staging: join(folder, `inference-webrtc-${randomUUID()}.part`), path });
  return video;
}

async function intoTemporary(request: VideoDownload): Promise<LocalVideo> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-webrtc-video-'));
  const close = (): Promise<void> => remove(folder);
  try {
    const path = join(folder, `video${extensionOf(request.url)}`);
    await fetchTo(request, { staging: `${path}.part`, path });
    return { path, discard: close, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function cacheFolder(environment: VideoDownload['environment']): string {
  return environment['INFERENCE_SDK_VIDEO_CACHE_DIR'] ?? join(homedir(), '.cache', 'inference-sdk', 'videos');
}

/** As the official SDK names it; whoever gives a user gets a file of their own. */
function cacheName({ address, url, username, password }: VideoDownload): string {
  const key = username === '' && password === '' ? address : `${username}:${password}@${address}`;
  return createHash('sha256').update(key).digest('hex').slice(0, 32) + extensionOf(url);
}

function extensionOf({ pathname }: URL): string {
  const extension = extname(pathname);
  return /^\.[\w-]{1,16}$/.test(extension) ? extension : '.mp4';
}

async function fetchTo(request: VideoDownload, { staging, path }: { staging: string; path: string }): Promise<void> {
  const seconds = Number(request.environment['INFERENCE_SDK_VIDEO_DOWNLOAD_TIMEOUT'] ?? DEFAULT_TIMEOUT_S);
  const idleTimeoutMs = 1_000 * (seconds > 0 ? seconds : DEFAULT_TIMEOUT_S);
  const download = await openDownload({ ...request, idleTimeoutMs });
  try {
    await store(request, download, staging);
    await rename(staging, path);
  } catch (thrown) {
    await remove(staging);
    throw thrown;
  } finally {
    await download.close();
  }
}

async function store(request: VideoDownload, { body, totalBytes }: Download, staging: string): Promise<void> {
  const { url, maxBytes, onProgress } = request;
  if ((totalBytes ?? 0) > maxBytes) throw tooLarge(url, maxBytes);
  const file = await open(staging, 'wx', 0o600);
  try {
    let doneBytes = 0;
    onProgress(doneBytes, totalBytes);
    for await (const piece of body) {
      doneBytes += piece.length;
      if (doneBytes > maxBytes) throw tooLarge(url, maxBytes);
      await file.writeFile(piece);
      onProgress(doneBytes, totalBytes);
    }
    if (doneBytes === 0) throw downloadError(url, 'the file is empty', { retry: false });
    if (totalBytes !== null && doneBytes < totalBytes) {
      throw downloadError(url, `it broke off after ${doneBytes} of ${totalBytes} bytes`, { retry: true });
    }
    // What has its final name is whole, also after a power cut.
    await file.datasync();
  } finally {
    await file.close();
  }
}

function tooLarge(url: URL, maxBytes: number): SessionError {
  return downloadError(url, `it is larger than ${Math.floor(maxBytes / 1_048_576)} MB`, { retry: false });
}

function storageError(url: URL, cause: unknown): SessionError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const what = isFull ? 'no space is left on the disk' : `the file cannot be stored (${code})`;
  return downloadError(url, `${what}; see INFERENCE_SDK_VIDEO_CACHE_DIR for the folder`, { retry: false, cause });
}

/** What a process that died in the middle of a download has left. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!STAGING.test(name)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) await remove(join(folder, name));
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
