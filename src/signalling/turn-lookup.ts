/**
 * Asks Roboflow's platform which TURN servers a session on its servers may use (protocol.md B). The key travels in the
 * query, the only way there is; it stands in no error.
 */
import { SessionError } from '../errors';
import { isRecord, parsedJson } from '../json';
import type { RequestedIceServer } from './initialise-request';
import { platformExchange, unanswered } from './platform-exchange';
import type { PlatformLookup } from './platform-exchange';

/** Whom to ask for whom. */
export interface TurnLookup extends PlatformLookup {
  apiKey: string;
}

const LOOKUP_LIMIT_MS = 5_000;
/** More URLs than this are not a list of servers. */
const MAX_SERVERS = 20;

/** The addresses of Roboflow's own servers (protocol.md B), and dedicated deployments. */
const HOSTED = new Set(
  ['detect', 'outline', 'classify', 'infer', 'serverless', 'asyncinfer'].map((name) => `${name}.roboflow.com`),
);
const HOSTED_ELSEWHERE = /^(serverless\.roboflow\.(one|eu)|serverless\.roboflow-eu\.one|asyncinfer\.roboflow\.one)$/;
const DEDICATED = /^[a-z\d-]+(\.[a-z\d-]+)*\.roboflow\.cloud$/;

/** Whether the server at `url` is run by Roboflow, so that its platform knows a TURN server for it. */
export function isRoboflowServer(url: string): boolean {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  const isKnown = HOSTED.has(hostname) || HOSTED_ELSEWHERE.test(hostname) || DEDICATED.test(hostname);
  return protocol === 'https:' && isKnown;
}

/** The platform that belongs to a server: each region and stage has its own. */
export function platformOf(url: string): string {
  const hostname = URL.canParse(url) ? new URL(url).hostname : '';
  const domain = /(roboflow\.(?:one|eu)|roboflow-eu\.one)$/.exec(hostname)?.[1] ?? 'roboflow.com';
  return `https://api.${domain}`;
}

/** The servers, none being an error too. Rejects with TURN_FAILED within 5 s, or SESSION_CLOSED when aborted. */
export async function lookUpTurnServers(lookup: TurnLookup): Promise<RequestedIceServer[]> {
  const { apiKey, signal } = lookup;
  const { url, where, http } = platformExchange(lookup, { path: 'webrtc_turn_config', timeoutMs: LOOKUP_LIMIT_MS });
  try {
    const path = `${url.pathname}?api_key=${encodeURIComponent(apiKey)}`;
    const headers = { accept: 'application/json' };
    const answer = await http.run({ method: 'GET', origin: url.origin, path, headers, signal });
    if (answer.status !== 200) throw failed(where, `answered ${answer.status}`);
    const servers = parseTurnServers(answer.body);
    if (servers.length === 0) throw failed(where, 'named none');
    return servers;
  } catch (thrown) {
    const error = SessionError.from(thrown);
    if (error.code === 'TURN_FAILED' || error.code === 'SESSION_CLOSED') throw error;
    throw failed(where, unanswered(error, LOOKUP_LIMIT_MS), error);
  } finally {
    await http.close();
  }
}

/** `{urls, username, credential}`, `{iceServers: [...]}` or a bare list; what is none of them is left out. */
export function parseTurnServers(body: string): RequestedIceServer[] {
  const json = parsedJson(body);
  const list: unknown = isRecord(json) && 'iceServers' in json ? json['iceServers'] : json;
  const entries: unknown[] = Array.isArray(list) ? list : [list];
  return entries.slice(0, MAX_SERVERS).flatMap((entry) => parseServer(entry) ?? []);
}

function parseServer(entry: unknown): RequestedIceServer | undefined {
  if (!isRecord(entry)) return undefined;
  const { urls, username, credential } = {
    urls: entry['urls'],
    username: entry['username'],
    credential: entry['credential'],
  };
  const list = (Array.isArray(urls) ? urls : [urls]).filter((url): url is string => typeof url === 'string');
  if (list.length === 0) return undefined;
  return {
    urls: Array.isArray(urls) ? list : (list[0] ?? ''),
    ...(typeof username === 'string' ? { username } : {}),
    ...(typeof credential === 'string' ? { credential } : {}),
  };
}

function failed(where: string, what: string, cause?: SessionError): SessionError {
  const message = `No TURN server could be looked up: ${where} ${what}. Enter one of your own if the connection fails.`;
  return new SessionError('TURN_FAILED', message, { retry: true, details: { url: where }, cause });
}
