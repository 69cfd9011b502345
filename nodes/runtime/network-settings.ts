/** The network tab of a `webrtc-session` node: typed options, or INVALID_OPTION. No secret stands in a message. */
import { isIceUrl } from '../../src/index';
import type { NetworkOptions } from '../../src/index';
import type { ConfigReader } from './config-reader';
import { present } from './present';
import { parseProxy, parseTls } from './shared-nodes';
import type { SharedNodes } from './shared-nodes';

/** Longest wait for a connection that makes sense: the server itself gives up after a minute. */
const MAX_CONNECT_TIMEOUT_S = 300;

/** Where the settings come from. */
export interface NetworkFields {
  fields: ConfigReader;
  /** The node's credentials: `turnCredential`. */
  secrets: ConfigReader;
  shared: SharedNodes;
}

/** See the file header. */
export function parseNetwork({ fields, secrets, shared }: NetworkFields): NetworkOptions {
  const connectTimeoutS = fields.number('connectTimeout', { min: 1, max: MAX_CONNECT_TIMEOUT_S });
  const iceServers = parseIceServers(fields, secrets);
  const interfaces = fields.names('interfaces');
  const relayOnly = fields.choice('icePolicy', ['all', 'relay']) === 'relay';
  const turnLookup = fields.choice('turnLookup', ['auto', 'always', 'never']);
  return {
    ...present('connectTimeoutMs', connectTimeoutS === undefined ? undefined : connectTimeoutS * 1000),
    ...present('iceServers', iceServers),
    ...present('turnLookup', turnLookup === 'auto' ? undefined : turnLookup),
    ...present('icePolicy', relayOnly ? ('relay' as const) : undefined),
    ...present('udpPorts', parsePorts(fields)),
    ...present('ipv6', fields.flag('ipv6', true) ? undefined : false),
    ...present('tls', parseTls(fields, shared)),
    ...present('proxy', parseProxy(fields, shared)),
    ...present('interfaces', interfaces.length === 0 ? undefined : interfaces),
  };
}

function parseIceServers(fields: ConfigReader, secrets: ConfigReader): NetworkOptions['iceServers'] {
  const urls = fields.names('iceUrls');
  for (const url of urls) {
    if (isIceUrl(url)) continue;
    throw fields.invalid(
      'iceUrls',
      `holds "${withoutUser(url)}"`,
      'write each as stun:host:port, turn:host:port, turn:host:port?transport=tcp or turns:host:port',
    );
  }
  if (urls.length === 0) return undefined;
  const username = fields.text('iceUsername') || undefined;
  const credential = secrets.text('turnCredential') || undefined;
  if (urls.some((url) => /^turn/i.test(url)) && (username === undefined || credential === undefined)) {
    const field = username === undefined ? 'iceUsername' : 'turnCredential';
    throw fields.invalid(field, 'is empty', 'a TURN server needs user and password; enter both');
  }
  return [{ urls, ...present('username', username), ...present('credential', credential) }];
}

function parsePorts(fields: ConfigReader): NetworkOptions['udpPorts'] {
  const text = fields.text('udpPorts');
  if (text === '') return undefined;
  const [, min, max] = (/^(\d{1,5})\s*-\s*(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (min !== undefined && max !== undefined && min >= 1 && min <= max && max <= 65_535) return { min, max };
  throw fields.invalid('udpPorts', `is "${text}"`, 'enter the first and the last port, such as 50000-50100');
}

/** Someone may write user and password into the URL, where they do not belong. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z]*:?(?:\/\/)?).*@/i, '$1***@');
}
