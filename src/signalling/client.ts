/**
 * Talks HTTP to the inference server: one POST that carries the offer and brings the answer back (protocol.md A), and
 * `/info`. Every exchange is bounded in time and size and can be aborted; every failure is a `SessionError`.
 */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { SessionError } from '../errors';
import { redact } from '../redact';
import { authorization, initialiseRequest } from './initialise-request';
import type { InitialiseRequest, RequestKey } from './initialise-request';
import { networkError, timeoutError } from './network-error';
import { parseInfo, parseInitialiseAnswer } from './response';
import type { HttpAnswer, InitialiseAnswer, ServerInfo } from './response';
import { serverError } from './server-error';

/** Where the server is and how the key travels. */
export interface SignallingServer extends RequestKey {
  /** Base URL; trailing slashes are ignored. */
  url: string;
}

/** See the fields. */
export interface SignallingClientOptions {
  server: SignallingServer;
  /** For a whole exchange, from the first packet to the last byte. */
  timeoutMs: number;
  /** Certificates (PEM) trusted beside the usual ones. */
  caPem?: string;
  /** `http://[user:password@]host:port` of a proxy. */
  proxyUrl?: string;
  clock?: Clock;
}

interface Exchange {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/** See the file header. Throws INVALID_OPTION for a URL that cannot be used. */
export class SignallingClient {
  readonly #server: SignallingServer;
  readonly #baseUrl: string;
  readonly #where: string;
  readonly #secrets: string[];
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;
  #serverVersion: string | null = null;

  constructor(options: SignallingClientOptions) {
    this.#server = options.server;
    this.#baseUrl = baseUrl(options.server.url);
    this.#where = redact(this.#baseUrl);
    this.#secrets = [options.server.apiKey, proxyPassword(options.proxyUrl)].filter((secret) => secret !== undefined);
    this.#timeoutMs = options.timeoutMs;
    this.#clock = options.clock ?? systemClock;
    this.#dispatcher = createDispatcher(options);
  }

  /** Posts the offer. Rejects with the mapped error of protocol.md A.5, or a network error. */
  async initialise(request: InitialiseRequest, signal: AbortSignal): Promise<InitialiseAnswer> {
    const { headers, body, secrets } = initialiseRequest(request, this.#server);
    const answer = await this.#exchange({ method: 'POST', path: '/initialise_webrtc_worker', headers, body, signal });
    if (answer.status !== 200) throw this.#refusal(answer, secrets);
    return { ...parseInitialiseAnswer(answer, this.#where), serverVersion: this.#serverVersion };
  }

  /** Asks who the server is; needs no key. */
  async info(signal: AbortSignal): Promise<ServerInfo> {
    const headers = { accept: 'application/json', ...authorization(this.#server) };
    const answer = await this.#exchange({ method: 'GET', path: '/info', headers, signal });
    if (answer.status !== 200) throw this.#refusal(answer);
    const info = parseInfo(answer, this.#where);
    this.#serverVersion = info.version;
    return info;
  }

  /** Ends what is under way and frees the sockets; idempotent, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort(closedError());
    // Nothing is left to do for a dispatcher that fails to go.
    await this.#dispatcher.destroy().catch(() => undefined);
  }

  #refusal(answer: HttpAnswer, secrets: readonly string[] = []): SessionError {
    const nowMs = this.#clock.epochMs();
    return serverError(answer, { where: this.#where, secrets: [...this.#secrets, ...secrets], nowMs });
  }

  async #exchange(exchange: Exchange): Promise<HttpAnswer> {
    const limit = new AbortController();
    const stop = (signal: AbortSignal) => () => limit.abort(abortReason(signal));
    const stops = [exchange.signal, this.#closed.signal].map((signal) => ({ signal, onAbort: stop(signal) }));
    for (const { signal, onAbort } of stops) {
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    }
    const cancelTimeout = this.#clock.after(this.#timeoutMs, () => limit.abort(timeoutError(this.#where)));
    try {
      return await this.#send(exchange, limit.signal);
    } catch (thrown) {
      if (limit.signal.aborted) throw SessionError.from(limit.signal.reason);
      if (thrown instanceof SessionError) throw thrown;
      throw networkError(thrown, this.#where);
    } finally {
      cancelTimeout();
      for (const { signal, onAbort } of stops) signal.removeEventListener('abort', onAbort);
    }
  }

  async #send({ method, path, headers, body }: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
    const { origin, pathname } = new URL(this.#baseUrl);
    const response = await this.#dispatcher.request({
      origin,
      path: `${pathname.replace(/\/+$/, '')}${path}`,
      method,
      headers,
      body: body ?? null,
      signal,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw tooLarge(this.#where);
      chunks.push(chunk);
    }
    return {
      status: response.statusCode,
      headers: singleHeaders(response.headers),
      body: Buffer.concat(chunks).toString(),
    };
  }
}

function baseUrl(url: string): string {
  const trimmed = url.trim().replace(/\/+$/, '');
  const parsed = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw invalid(`The server URL “${redact(trimmed)}” cannot be used: it must start with http:// or https://.`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid('The server URL must not hold a user or password: leave them out and use the API key.');
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
}

function createDispatcher({ caPem, proxyUrl }: SignallingClientOptions): Dispatcher {
  const tls = trust(caPem);
  // The exchange's own limit governs; undici's would only cut long ones short.
  const limits = { headersTimeout: 0, bodyTimeout: 0 };
  if (proxyUrl === undefined || proxyUrl.trim() === '') {
    return new Agent({ ...limits, connect: { ...tls, timeout: CONNECT_TIMEOUT_MS } });
  }
  if (!/^https?:$/.test(URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : '')) {
    throw invalid('The proxy URL cannot be used: it must start with http:// or https://.');
  }
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: tls, connect: { timeout: CONNECT_TIMEOUT_MS } });
}

/** An own list replaces the usual authorities, so they are repeated. */
function trust(caPem: string | undefined): { ca?: string[] } {
  if (caPem === undefined || caPem.trim() === '') return {};
  try {
    new X509Certificate(caPem);
  } catch (cause) {
    throw invalid('The certificate cannot be used: give it in PEM form, from BEGIN to END CERTIFICATE.', cause);
  }
  return { ca: [...rootCertificates, caPem] };
}

function proxyPassword(proxyUrl: string | undefined): string | undefined {
  const password = proxyUrl !== undefined && URL.canParse(proxyUrl) ? new URL(proxyUrl).password : '';
  return password === '' ? undefined : password;
}

function singleHeaders(headers: Record<string, string | string[] | undefined>): HttpAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** The caller's own error as it is; any other reason means that the session does not want the answer any more. */
function abortReason(signal: AbortSignal): SessionError {
  return signal.reason instanceof SessionError ? signal.reason : closedError();
}

function closedError(): SessionError {
  return new SessionError('SESSION_CLOSED', 'The session was closed while it was talking to the server.');
}

function tooLarge(where: string): SessionError {
  return new SessionError(
    'SERVER_ANSWER_INVALID',
    `The server at ${where} sent more than ${MAX_ANSWER_BYTES} bytes: check that the URL is that of an inference server.`,
  );
}

function invalid(message: string, cause?: unknown): SessionError {
  return new SessionError('INVALID_OPTION', message, { cause });
}
