/** TLS and proxy settings -> the undici dispatcher of one server's exchanges. Throws INVALID_OPTION, without secrets. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates } from 'node:tls';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { SessionError } from '../errors';

/** Trust and identity over TLS, as text. */
export interface TlsRoute {
  /** Certificates (PEM) trusted beside the usual ones. */
  caPem?: string;
  /** The client's own certificate and key (PEM), both or none. */
  certPem?: string;
  keyPem?: string;
  /** Of the key. */
  passphrase?: string;
  /** The name that the server's certificate must have, where it is not the one in the URL. */
  servername?: string;
  /** False takes any certificate. Default true. */
  verify?: boolean;
}

/** How a server is reached over HTTP. */
export interface HttpRoute extends TlsRoute {
  /** `http://[user:password@]host:port` of a proxy. */
  proxyUrl?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** See the file header. */
export function createDispatcher(route: HttpRoute): Dispatcher {
  const tls = tlsOptions(route);
  // The exchange's own limit governs; undici's would only cut long ones short.
  const limits = { headersTimeout: 0, bodyTimeout: 0 };
  const { proxyUrl } = route;
  if (proxyUrl === undefined || proxyUrl.trim() === '') {
    return new Agent({ ...limits, connect: { ...tls, timeout: CONNECT_TIMEOUT_MS } });
  }
  if (!/^https?:$/.test(URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : '')) {
    throw invalid('The proxy URL cannot be used: it must start with http:// or https://.');
  }
  const proxyTls = { ...authorities(route), timeout: CONNECT_TIMEOUT_MS };
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: tls, proxyTls });
}

function tlsOptions(route: HttpRoute) {
  const { servername, verify = true } = route;
  return {
    ...authorities(route),
    ...identity(route),
    ...(servername === undefined ? {} : { servername }),
    rejectUnauthorized: verify,
  };
}

/** An own list replaces the usual authorities, so they are repeated. */
function authorities({ caPem }: HttpRoute): { ca?: string[] } {
  if (caPem === undefined || caPem.trim() === '') return {};
  try {
    new X509Certificate(caPem);
  } catch (cause) {
    throw invalid('The certificate cannot be used: give it in PEM form, from BEGIN to END CERTIFICATE.', cause);
  }
  return { ca: [...rootCertificates, caPem] };
}

function identity({ certPem, keyPem, passphrase }: HttpRoute): { cert?: string; key?: string; passphrase?: string } {
  if (certPem === undefined && keyPem === undefined) return {};
  const own = {
    ...(certPem === undefined ? {} : { cert: certPem }),
    ...(keyPem === undefined ? {} : { key: keyPem }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  try {
    if (certPem === undefined || keyPem === undefined) throw new Error('one of two');
    createSecureContext(own);
  } catch {
    throw invalid(
      'The client certificate and its key cannot be used: check that both are there (PEM), belong together, and that the passphrase is right.',
    );
  }
  return own;
}

function invalid(message: string, cause?: unknown): SessionError {
  return new SessionError('INVALID_OPTION', message, { cause });
}
