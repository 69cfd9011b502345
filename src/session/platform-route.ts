/** Which platform of Roboflow belongs to a session's server, and how it is reached. */
import type { HttpRoute } from '../signalling/dispatcher';
import { platformOf } from '../signalling/turn-lookup';
import { httpRoute } from './initialise';
import type { SessionOptions } from './options';

/** The platform is another server than the one the certificate is for; it gets the key, so it must be the real one. */
export function platformRoute(options: Pick<SessionOptions, 'server' | 'network'>): {
  platformUrl: string;
  route: HttpRoute;
} {
  const { server, network = {} } = options;
  const platformUrl = server.platformUrl ?? platformOf(server.url);
  const { caPem } = network.tls ?? {};
  const { proxyUrl } = httpRoute(platformUrl, options);
  const route = { ...(caPem === undefined ? {} : { caPem }), ...(proxyUrl === undefined ? {} : { proxyUrl }) };
  return { platformUrl, route };
}
