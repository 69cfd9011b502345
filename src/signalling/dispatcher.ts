/** TLS and proxy settings -> the undici dispatcher of one server's exchanges. Throws INVALID_OPTION, without secrets. */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { SessionError } from '../errors';

/** How servers are reached over HTTP. */
export interface HttpRoute {
  /** Certificates (PEM) trusted beside the usual ones. */
  caPem?: string;
  /** `http://[user:password@]host:port` of a proxy. */
  proxyUrl?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** See the file header. */
export function createDispatcher({ caPem, proxyUrl }: HttpRoute): Dispatcher {
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

function invalid(message: string, cause?: unknown): SessionError {
  return new SessionError('INVALID_OPTION', message, { cause });
}
