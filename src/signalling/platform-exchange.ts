/**
 * One question to Roboflow's platform: where it goes, how errors name that, and the exchange that asks it. The caller
 * closes the exchange.
 */
import type { Clock } from '../clock';
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
