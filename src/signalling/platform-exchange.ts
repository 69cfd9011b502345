/**
 * One question to Roboflow's platform: where it goes, how errors name that, the exchange that asks it, and what its
 * failures mean. The caller closes the exchange.
 */
import type { Clock } from '../clock';
import type { SessionError, SessionErrorCode } from '../errors';
import { redact } from '../redact';
import { createDispatcher } from './dispatcher';
import type { HttpRoute } from './dispatcher';
import { HttpExchange } from './http-exchange';
import { proxyName } from './proxy';

/** Whom to ask. */
export interface PlatformLookup {
  /** Base URL of the platform. */
  platformUrl: string;
  apiKey?: string | undefined;
  route: HttpRoute;
  clock: Clock;
  signal: AbortSignal;
}

/** What to ask. */
export interface PlatformQuestion {
  /** Below the base URL, without a slash before it. */
  path: string;
  timeoutMs: number;
}

/** Throws INVALID_OPTION for a route that cannot be taken. `where` holds no key. */
export function platformExchange(
  { platformUrl, apiKey, route, clock }: PlatformLookup,
  { path, timeoutMs }: PlatformQuestion,
): { url: URL; where: string; http: HttpExchange } {
  const url = new URL(`${platformUrl.replace(/\/+$/, '')}/${path}`);
  const where = redact(`${url.origin}${url.pathname}`, [apiKey]);
  const dispatcher = createDispatcher(route);
  const http = new HttpExchange({ where, via: proxyName(route.proxyUrl), dispatcher, timeoutMs, clock });
  return { url, where, http };
}

/** What became of a question that got no answer, for people: follows the name of the platform. */
export function unanswered({ code }: SessionError, timeoutMs: number): string {
  return code === 'SERVER_TIMEOUT' ? `did not answer in ${timeoutMs / 1_000} s` : 'cannot be reached';
}

/** What a status other than 200 means to whoever asked with a key. */
export function refusalOf(status: number): { code: SessionErrorCode; retry: boolean } {
  switch (status) {
    case 401:
      return { code: 'API_KEY_REJECTED', retry: false };
    case 403:
    case 423:
      return { code: 'API_KEY_FORBIDDEN', retry: false };
    case 404:
      return { code: 'WORKFLOW_NOT_FOUND', retry: false };
    default:
      return status >= 500 || status === 429
        ? { code: 'SERVER_ERROR', retry: true }
        : { code: 'SERVER_ANSWER_INVALID', retry: false };
  }
}
