/** Which proxy, if any, stands between this machine and a server: the author's, else the environment's. Pure. */
import { isIP } from 'node:net';

/** A proxy that the author chose. */
export interface ProxyOptions {
  /** `http://host:port` or `https://host:port`, without user and password. */
  url: string;
  username?: string;
  password?: string;
  /** Hosts that are reached directly, as in NO_PROXY. */
  bypass?: string[];
}

type Environment = Record<string, string | undefined>;

/**
 * The proxy's URL with user and password in it, `undefined` for a direct way. `proxy` null: none, whatever the
 * environment says. The environment's proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY, in either case) is never used for this
 * machine itself: the proxy would look for the server on its own.
 */
export function proxyFor(
  serverUrl: string,
  proxy: ProxyOptions | null | undefined,
  environment: Environment,
): string | undefined {
  if (proxy === null || !URL.canParse(serverUrl)) return undefined;
  const server = new URL(serverUrl);
  if (proxy !== undefined) return bypassed(server, proxy.bypass ?? []) ? undefined : withLogin(proxy);
  const read = (name: string): string => (environment[name.toLowerCase()] ?? environment[name] ?? '').trim();
  const url = read(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (url === '' || isLoopback(server.hostname) || bypassed(server, read('NO_PROXY').split(/[\s,]+/))) return undefined;
  // Often written without its scheme.
  return /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`;
}

/** A proxy as messages may show it: without its user and password. */
export function proxyName(proxyUrl: string | undefined): string | undefined {
  return proxyUrl !== undefined && URL.canParse(proxyUrl) ? new URL(proxyUrl).origin : undefined;
}

function withLogin({ url, username = '', password = '' }: ProxyOptions): string {
  if (!URL.canParse(url) || (username === '' && password === '')) return url;
  const result = new URL(url);
  result.username = encodeURIComponent(username);
  result.password = encodeURIComponent(password);
  return result.href;
}

/** `*`, `host`, `.domain`, `*.domain`, an address, each with an optional `:port`; a host covers what is below it. */
function bypassed({ hostname, port, protocol }: URL, rules: readonly string[]): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const serverPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return rules.some((rule) => {
    if (rule.trim() === '*') return true;
    const [, name = '', rulePort] =
      /^(?:\*?\.)?(\[.*\]|[^:]+|.*:.*:.*?)(?::(\d+))?$/.exec(rule.trim().toLowerCase()) ?? [];
    const domain = name.replace(/^\[|\]$/g, '');
    if (domain === '' || (rulePort !== undefined && rulePort !== serverPort)) return false;
    return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
  });
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}
