/** How the host of a video file is reached: as the network options say, without what is meant for the server alone. */
import type { HttpRoute } from '../signalling/dispatcher';
import { proxyFor } from '../signalling/proxy';
import type { SessionOptions } from './options';

/** A client certificate and the name to expect belong to the inference server: no other host gets them. */
export function downloadRoute(url: string, { server, network = {} }: SessionOptions): HttpRoute {
  const { tls = {}, proxy } = network;
  const isServer = URL.canParse(server.url) && new URL(server.url).host === new URL(url).host;
  const { caPem, verify } = tls;
  const proxyUrl = proxyFor(url, proxy, process.env);
  return {
    ...(isServer ? tls : {}),
    ...(caPem === undefined ? {} : { caPem }),
    ...(verify === undefined ? {} : { verify }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  };
}
