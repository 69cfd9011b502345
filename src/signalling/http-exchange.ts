/**
 * HTTP exchanges with one server: each bounded in time and size and abortable. A failure is a `SessionError` that names
 * the server by `where`, which must be free of secrets.
 */
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { settleWithin } from '../guard';
import { aborted } from './aborted';
import { networkError, timeoutError } from './network-error';
import type { HttpAnswer } from './response';

/** One request. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  origin: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** Whom to talk to and how. */
export interface HttpExchangeOptions {
  /** How errors name the server. */
  where: string;
  /** How errors name the proxy on the way, if there is one. */
  via?: string | undefined;
  /** Owned: destroyed by `close`. */
  dispatcher: Dispatcher;
  /** For a whole exchange, from the first packet to the last byte. */
  timeoutMs: number;
  clock: Clock;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_CLOSE_MS = 1_000;

/** See the file header. */
export class HttpExchange {
  readonly #options: HttpExchangeOptions;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(options: HttpExchangeOptions) {
    this.#options = options;
  }

  /** The whole answer, whatever its status. Rejects with SERVER_UNREACHABLE, SERVER_TIMEOUT, SESSION_CLOSED, … */
  async run(request: HttpRequest): Promise<HttpAnswer> {
    const { where, via, timeoutMs, clock } = this.#options;
    const limit = new AbortController();
    const stop = (signal: AbortSignal) => () => limit.abort(abortReason(signal));
    const stops = [request.signal, this.#closed.signal].map((signal) => ({ signal, onAbort: stop(signal) }));
    for (const { signal, onAbort } of stops) {
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    }
    const cancelTimeout = clock.after(timeoutMs, () => limit.abort(timeoutError(where)));
    try {
      return await Promise.race([this.#send(request, limit.signal), aborted(limit.signal)]);
    } catch (thrown) {
      if (limit.signal.aborted) throw SessionError.from(limit.signal.reason);
      if (thrown instanceof SessionError) throw thrown;
      throw networkError(thrown, where, via);
    } finally {
      cancelTimeout();
      for (const { signal, onAbort } of stops) signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends what is under way and frees the sockets; idempotent, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort(closedError());
    // Nothing is left to do for a dispatcher that fails to go.
    await settleWithin(MAX_CLOSE_MS, this.#options.dispatcher.destroy());
  }

  async #send({ origin, path, method, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { dispatcher, where } = this.#options;
    const response = await dispatcher.request({ origin, path, method, headers, body: body ?? null, signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw tooLarge(where);
      chunks.push(chunk);
    }
    return {
      status: response.statusCode,
      headers: singleHeaders(response.headers),
      body: Buffer.concat(chunks).toString(),
    };
  }
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
