/**
 * One file over HTTP: an address in, its bytes out as they come, redirects followed. Every failure is DOWNLOAD_FAILED
 * (or SESSION_CLOSED) in words free of secrets: addresses are named without their query, where signed links carry keys.
 */
import type { Dispatcher } from 'undici';
import { SessionError } from '../errors';
import { settleWithin } from '../guard';
import { aborted } from './aborted';
import { createDispatcher } from './dispatcher';
import type { HttpRoute } from './dispatcher';
import { networkError, timeoutError } from './network-error';
import { proxyName } from './proxy';

/** What to fetch and how. */
export interface DownloadRequest {
  /** http or https. */
  url: URL;
  /** Sent to the origin of `url` only. */
  username: string;
  password: string;
  /** How an address is reached; asked anew for each redirect. */
  route: (url: string) => HttpRoute;
  /** Longest silence, at the start and between two pieces. */
  idleTimeoutMs: number;
  signal: AbortSignal;
}

/** A file on its way. */
export interface Download {
  /** Null: the server does not say. */
  totalBytes: number | null;
  /** Throws DOWNLOAD_FAILED when it breaks off. To be read once. */
  body: AsyncIterable<Buffer>;
  /** Frees the connection; never rejects. */
  close(): Promise<void>;
}

const MAX_REDIRECTS = 10;
const CLOSE_LIMIT_MS = 1_000;

/** Rejects with DOWNLOAD_FAILED, SESSION_CLOSED or INVALID_OPTION. */
export async function openDownload(request: DownloadRequest): Promise<Download> {
  let url = request.url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await ask(request, url);
    const location = redirectOf(answer.response, url);
    if (location === undefined) return downloadOf(request, url, answer);
    await answer.close();
    url = location;
  }
  throw downloadError(request.url, `it was sent on more than ${MAX_REDIRECTS} times`, { retry: false });
}

/** An address as messages may show it. */
export function downloadLabel({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}

/** `what` completes "The download of … failed: ". */
export function downloadError(url: URL, what: string, options: { retry: boolean; cause?: unknown }): SessionError {
  return new SessionError('DOWNLOAD_FAILED', `The download of ${downloadLabel(url)} failed: ${what}.`, options);
}

interface Answer {
  response: Dispatcher.ResponseData;
  close: () => Promise<void>;
}

async function ask(request: DownloadRequest, url: URL): Promise<Answer> {
  const route = request.route(url.href);
  const dispatcher = createDispatcher(route);
  const limit = new AbortController();
  const stop = (): void => limit.abort();
  request.signal.addEventListener('abort', stop);
  // undici's own limits do not cover a proxy that never connects.
  const timer = setTimeout(() => limit.abort(timeoutError(downloadLabel(url))), request.idleTimeoutMs);
  const close = (): Promise<void> => {
    request.signal.removeEventListener('abort', stop);
    // A proxy that never connects keeps its agent from going.
    return settleWithin(CLOSE_LIMIT_MS, dispatcher.destroy());
  };
  try {
    request.signal.throwIfAborted();
    const asked = dispatcher.request({
      ...{ origin: url.origin, path: `${url.pathname}${url.search}`, method: 'GET', signal: limit.signal },
      ...{ headersTimeout: request.idleTimeoutMs, bodyTimeout: request.idleTimeoutMs },
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...authorisation(request, url) },
    });
    // Heard below; where the limit came first, nobody waits for it.
    asked.catch(() => undefined);
    const response = await Promise.race([asked, aborted(limit.signal)]);
    // Unread, it must not raise an error that nobody hears.
    response.body.on('error', () => undefined);
    return { response, close };
  } catch (thrown) {
    await close();
    const reason: unknown = limit.signal.reason;
    throw failure(request, url, {
      thrown: reason instanceof SessionError ? reason : thrown,
      via: proxyName(route.proxyUrl),
    });
  } finally {
    clearTimeout(timer);
  }
}

function authorisation({ url: first, username, password }: DownloadRequest, url: URL): { authorization?: string } {
  if ((username === '' && password === '') || url.origin !== first.origin) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined;
  if (!URL.canParse(location, from.href)) throw downloadError(from, 'it was sent on to no address', { retry: false });
  const url = new URL(location, from.href);
  if (/^https?:$/.test(url.protocol)) return url;
  throw downloadError(from, `it was sent on to ${url.protocol}, which is not allowed`, { retry: false });
}

async function downloadOf(request: DownloadRequest, url: URL, { response, close }: Answer): Promise<Download> {
  const { statusCode, headers, body } = response;
  if (statusCode !== 200) {
    await close();
    throw refusal(url, statusCode);
  }
  const length = Number(headers['content-length']);
  const totalBytes = headers['content-length'] === undefined || !Number.isSafeInteger(length) ? null : length;
  return { totalBytes, close, body: pieces(request, url, body) };
}

async function* pieces(request: DownloadRequest, url: URL, body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  try {
    for await (const piece of body) if (Buffer.isBuffer(piece)) yield piece;
  } catch (thrown) {
    throw failure(request, url, { thrown, via: undefined });
  }
}

function refusal(url: URL, status: number): SessionError {
  const remedies: Record<number, string> = {
    401: 'it wants a user and password',
    403: 'it is not allowed; a signed address may have expired',
    404: 'it is not there',
    410: 'it is not there any more',
  };
  const retry = status === 429 || status >= 500;
  return downloadError(url, `${remedies[status] ?? 'the server refuses it'} (${status})`, { retry });
}

function failure(request: DownloadRequest, url: URL, { thrown, via }: { thrown: unknown; via: string | undefined }) {
  if (request.signal.aborted) return new SessionError('SESSION_CLOSED', 'The download was cancelled.');
  if (thrown instanceof SessionError && thrown.code !== 'SERVER_TIMEOUT') return thrown;
  const error = thrown instanceof SessionError ? thrown : networkError(thrown, downloadLabel(url), via);
  const { message, retry } = error;
  return new SessionError('DOWNLOAD_FAILED', message, { retry, cause: thrown });
}
