/**
 * ICE servers as browsers write them -> the STUN server and the TURN servers that can be used here, in their order.
 * What is not understood is left out: lists that come from a server may hold anything. Pure.
 */
import type { IceServer } from './peer';

/** `stun:host[:port]` */
export interface StunServer {
  host: string;
  port: number;
}

/** `turn:host[:port][?transport=udp|tcp]` (RFC 7065), or `turns:`, which is TLS over TCP. */
export interface TurnServer {
  /** As it was given; free of secrets. */
  url: string;
  host: string;
  port: number;
  transport: 'udp' | 'tcp' | 'tls';
  username: string;
  credential: string;
}

/** What of a list can be used. */
export interface UsableServers {
  /** The first one: a second would tell the same. */
  stun: StunServer | undefined;
  /** Each at most once; never more than `MAX_TURN_SERVERS`. */
  turn: TurnServer[];
}

/** Each costs a socket and an allocation on the server for as long as the connection lasts. */
const MAX_TURN_SERVERS = 4;
const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;
const URL_FORM = /^(stun|turns?):(?:\/\/)?(\[[\da-f:.]+\]|[^\s:?/@[\]]+)(?::(\d{1,5}))?(\?transport=\w+)?$/;
/** Scheme and transport; STUN has no choice of it, and TURN over DTLS does not exist here. */
const KINDS = new Map<string, 'stun' | TurnServer['transport']>([
  ['stun', 'stun'],
  ['turn', 'udp'],
  ['turn?transport=udp', 'udp'],
  ['turn?transport=tcp', 'tcp'],
  ['turns', 'tls'],
  ['turns?transport=tcp', 'tls'],
]);

/** See the file header. */
export function usableServers(servers: readonly IceServer[]): UsableServers {
  const entries = servers.flatMap((server) => [server.urls].flat().map((url) => ({ url: url.trim(), server })));
  const stun = entries.flatMap(({ url }) => parseUrl(url) ?? []).find(({ kind }) => kind === 'stun');
  const turn = new Map<string, TurnServer>();
  for (const { url, server } of entries) {
    const parsed = turnServer(url, server);
    if (parsed !== undefined && turn.size < MAX_TURN_SERVERS) turn.set(url, parsed);
  }
  return { stun: stun && { host: stun.host, port: stun.port }, turn: [...turn.values()] };
}

/** Whether a URL is one that `usableServers` understands. */
export function isIceUrl(url: string): boolean {
  return parseUrl(url) !== undefined;
}

function turnServer(url: string, { username = '', credential = '' }: IceServer): TurnServer | undefined {
  const parsed = parseUrl(url);
  // Without both there is no long-term credential (RFC 8489 §9.2), and a TURN server without one would be an open relay.
  if (parsed === undefined || parsed.kind === 'stun' || username === '' || credential === '') return undefined;
  const { kind: transport, host, port } = parsed;
  return { url, host, port, transport, username, credential };
}

interface ParsedUrl {
  kind: 'stun' | TurnServer['transport'];
  host: string;
  port: number;
}

function parseUrl(url: string): ParsedUrl | undefined {
  const [, scheme = '', host = '', digits, transport = ''] = URL_FORM.exec(url.toLowerCase()) ?? [];
  const kind = KINDS.get(scheme + transport);
  const port = Number(digits ?? (scheme === 'turns' ? DEFAULT_TLS_PORT : DEFAULT_PORT));
  if (kind === undefined || port < 1 || port > 65_535) return undefined;
  return { kind, host: host.replace(/^\[|\]$/g, ''), port };
}
