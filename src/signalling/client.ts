/**
 * Talks HTTP to the inference server: one POST that carries the offer and brings the answer back (protocol.md A),
 * `/info`, and the interface of a workflow (G). Every exchange is bounded in time and size and can be aborted; every failure is a `SessionError`.
 */
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { SessionError } from '../errors';
import { redact } from '../redact';
import { createDispatcher } from './dispatcher';
import type { HttpRoute } from './dispatcher';
import { HttpExchange } from './http-exchange';
import { describeRequest } from './describe-request';
import { authorization, initialiseRequest, keyedRequest } from './initialise-request';
import type { InitialiseRequest, RequestedWorkflow, RequestKey } from './initialise-request';
import { proxyName } from './proxy';
import { parseInfo, parseInitialiseAnswer, parseInterface } from './response';
import type { HttpAnswer, InitialiseAnswer, ServerInfo } from './response';
import { serverError } from './server-error';
import type { WorkflowInterface } from './workflow-interface';

/** Where the server is and how the key travels. */
export interface SignallingServer extends RequestKey {
  /** Base URL; trailing slashes are ignored. */
  url: string;
}

/** See the fields. */
export interface SignallingClientOptions extends HttpRoute {
  server: SignallingServer;
  /** For a whole exchange, from the first packet to the last byte. */
  timeoutMs: number;
  clock?: Clock;
}

interface Exchange {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** See the file header. Throws INVALID_OPTION for a URL that cannot be used. */
export class SignallingClient {
  readonly #server: SignallingServer;
  readonly #baseUrl: string;
  readonly #where: string;
  readonly #secrets: string[];
  readonly #clock: Clock;
  readonly #http: HttpExchange;

  constructor(options: SignallingClientOptions) {
    this.#server = options.server;
    this.#baseUrl = baseUrl(options.server.url);
    this.#where = redact(this.#baseUrl);
    this.#secrets = [options.server.apiKey, proxyPassword(options.proxyUrl), options.passphrase].filter(
      (secret) => secret !== undefined,
    );
    this.#clock = options.clock ?? systemClock;
    this.#http = new HttpExchange({
      where: this.#where,
      via: proxyName(options.proxyUrl),
      dispatcher: createDispatcher(options),
      timeoutMs: options.timeoutMs,
      clock: this.#clock,
    });
  }

  /** Posts the offer. Rejects with the mapped error of protocol.md A.5, or a network error. */
  async initialise(request: InitialiseRequest, signal: AbortSignal): Promise<InitialiseAnswer> {
    const { headers, body, secrets } = initialiseRequest(request, this.#server);
    const answer = await this.#exchange({ method: 'POST', path: '/initialise_webrtc_worker', headers, body, signal });
    if (answer.status !== 200) throw this.#refusal(answer, secrets);
    return parseInitialiseAnswer(answer, this.#where);
  }

  /** Asks who the server is; needs no key. */
  async info(signal: AbortSignal): Promise<ServerInfo> {
    const headers = { accept: 'application/json', ...authorization(this.#server) };
    const answer = await this.#exchange({ method: 'GET', path: '/info', headers, signal });
    if (answer.status !== 200) throw this.#refusal(answer);
    return parseInfo(answer, this.#where);
  }

  /** Inputs and outputs of a workflow; a saved one as it is now. Rejects as `initialise`. */
  async describe(workflow: RequestedWorkflow, signal: AbortSignal): Promise<WorkflowInterface> {
    const { path, headers, body } = describeRequest(workflow, this.#server);
    const answer = await this.#exchange({ method: 'POST', path, headers, body, signal });
    if (answer.status !== 200) throw this.#refusal(answer);
    return parseInterface(answer, this.#where);
  }

  /**
   * Asks for a session without an offer, which is refused before anything starts: tells whether sessions are served, and
   * whether the key gets as far as that where the server looks at it first. Rejects with what stands in the way.
   */
  async checkRoute(signal: AbortSignal): Promise<void> {
    const { headers, body } = keyedRequest({}, this.#server);
    const answer = await this.#exchange({ method: 'POST', path: '/initialise_webrtc_worker', headers, body, signal });
    if (answer.status !== 422) throw this.#refusal(answer);
  }

  /** Ends what is under way and frees the sockets; idempotent, never rejects. */
  close(): Promise<void> {
    return this.#http.close();
  }

  #refusal(answer: HttpAnswer, secrets: readonly string[] = []): SessionError {
    const nowMs = this.#clock.epochMs();
    return serverError(answer, { where: this.#where, secrets: [...this.#secrets, ...secrets], nowMs });
  }

  #exchange({ path, ...exchange }: Exchange): Promise<HttpAnswer> {
    const { origin, pathname } = new URL(this.#baseUrl);
    return this.#http.run({ ...exchange, origin, path: `${pathname.replace(/\/+$/, '')}${path}` });
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

function proxyPassword(proxyUrl: string | undefined): string | undefined {
  const password = proxyUrl !== undefined && URL.canParse(proxyUrl) ? new URL(proxyUrl).password : '';
  return password === '' ? undefined : password;
}

function invalid(message: string): SessionError {
  return new SessionError('INVALID_OPTION', message);
}
