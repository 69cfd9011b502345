/** A failed HTTP exchange -> one `SessionError` in plain words: what is unreachable and what to check. Pure. */
import { SessionError } from '../errors';

interface Explanation {
  what: string;
  remedy: string;
  /** Whether the cause may go away by itself. Default true. */
  retry?: boolean;
}

const DNS: Explanation = {
  what: 'its name cannot be resolved',
  remedy: 'check the host name and the DNS of this machine',
};
const ROUTE: Explanation = { what: 'there is no route to it', remedy: 'check the network, VPN and firewall' };
const BROKE: Explanation = {
  what: 'it broke the connection off',
  remedy: 'check that the server is running and that the URL has the right scheme (http or https)',
};
const UNTRUSTED: Explanation = {
  what: 'its certificate is not trusted here',
  remedy: 'give the certificate of its authority (PEM) in a TLS configuration',
  retry: false,
};
const NO_HTTP: Explanation = {
  what: 'it does not speak HTTP',
  remedy: 'check the port, and whether the URL must start with https://',
  retry: false,
};

const BY_CODE: Record<string, Explanation> = {
  ECONNREFUSED: { what: 'nothing listens there', remedy: 'check that the server is running and the port is right' },
  ENOTFOUND: DNS,
  EAI_AGAIN: DNS,
  EHOSTUNREACH: ROUTE,
  ENETUNREACH: ROUTE,
  EADDRNOTAVAIL: ROUTE,
  ECONNRESET: BROKE,
  EPIPE: BROKE,
  UND_ERR_SOCKET: BROKE,
  UND_ERR_ABORTED: {
    what: 'the proxy did not connect',
    remedy: 'check the proxy setting and that the proxy may reach the server',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_HAS_EXPIRED: {
    what: 'its certificate has expired',
    remedy: 'renew it, and check the clock of this machine',
    retry: false,
  },
  CERT_NOT_YET_VALID: {
    what: 'its certificate is not valid yet',
    remedy: 'check the clock of this machine',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another name',
    remedy: 'use the name that stands in the certificate',
    retry: false,
  },
  EPROTO: {
    what: 'it does not speak TLS there',
    remedy: 'check the port, and whether the URL must start with http://',
    retry: false,
  },
};

/** What can only be said of the other end of our own socket. */
const REACHING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

const TIMEOUT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/**
 * The error for an exchange with `where` that failed with `thrown`; both names must be free of secrets. With a proxy
 * (`via`) the socket is the proxy's: what the server itself did comes as the proxy's answer.
 */
export function networkError(thrown: unknown, where: string, via?: string): SessionError {
  const code = errorCode(thrown);
  if (via !== undefined && code !== undefined && REACHING.has(code)) {
    const { what } = explain(code);
    const message = `The proxy ${via} on the way to ${where} cannot be reached: ${what}; check the proxy setting.`;
    return new SessionError('SERVER_UNREACHABLE', message, { retry: true, cause: thrown, details: { reason: code } });
  }
  if (code !== undefined && TIMEOUT_CODES.has(code)) return timeoutError(where, thrown);
  const { what, remedy, retry = true } = explain(code);
  return new SessionError('SERVER_UNREACHABLE', `The server at ${where} cannot be reached: ${what}; ${remedy}.`, {
    retry,
    cause: thrown,
    details: { reason: code ?? 'unknown' },
  });
}

/** The error for an exchange that took too long. */
export function timeoutError(where: string, cause?: unknown): SessionError {
  return new SessionError(
    'SERVER_TIMEOUT',
    `The server at ${where} did not answer in time: check that it is running and not overloaded, and that no firewall ` +
      'drops the connection. A hosted server may still be starting.',
    { retry: true, cause },
  );
}

function explain(code: string | undefined): Explanation {
  if (code === undefined) return { what: 'the connection failed', remedy: 'check the URL and the network' };
  if (code.startsWith('HPE_')) return NO_HTTP;
  if (code.startsWith('ERR_SSL_')) return BY_CODE['EPROTO'] ?? NO_HTTP;
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  return known ?? { what: `the connection failed (${code})`, remedy: 'check the URL and the network' };
}

/** The most telling code along the causes; several addresses tried give an AggregateError. */
function errorCode(thrown: unknown, depth = 0): string | undefined {
  if (!(thrown instanceof Error) || depth > 4) return undefined;
  const own = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  if (own !== undefined && Object.hasOwn(BY_CODE, own) && own !== 'UND_ERR_SOCKET') return own;
  const inner = thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown.cause];
  for (const cause of inner) {
    const code = errorCode(cause, depth + 1);
    if (code !== undefined) return code;
  }
  return own;
}
