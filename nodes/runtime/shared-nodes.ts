/** Node-RED's own `tls-config` and `http proxy` nodes -> the library's options, as text: they cross to a thread. */
import { isRecord } from '../../src/index';
import type { ProxyOptions, TlsOptions } from '../../src/index';
import type { ConfigReader } from './config-reader';
import { present } from './present';

/** The nodes that a session refers to, as Node-RED gives them: null when there is none. */
export interface SharedNodes {
  tls: unknown;
  proxy: unknown;
}

/** `undefined` when no node is chosen. Throws INVALID_OPTION when it is gone or could not read its files. */
export function parseTls(fields: ConfigReader, { tls }: SharedNodes): TlsOptions | undefined {
  if (fields.text('tls') === '') return undefined;
  if (!isRecord(tls) || typeof tls['addTLSOptions'] !== 'function') {
    throw fields.invalid('tls', 'refers to a TLS configuration that is not there', 'choose another, or none');
  }
  if (tls['valid'] === false) {
    throw fields.invalid('tls', 'refers to a TLS configuration that cannot be used', 'see what it says in the log');
  }
  const options: unknown = Reflect.apply(tls['addTLSOptions'], tls, [{}]);
  if (!isRecord(options)) return undefined;
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined;
  };
  return {
    ...present('caPem', text('ca')),
    ...present('certPem', text('cert')),
    ...present('keyPem', text('key')),
    ...present('passphrase', text('passphrase')),
    ...present('servername', text('servername')),
    ...present('verify', options['rejectUnauthorized'] === false ? false : undefined),
  };
}

/** `undefined` when no node is chosen: then the environment says. */
export function parseProxy(fields: ConfigReader, { proxy }: SharedNodes): ProxyOptions | undefined {
  if (fields.text('proxy') === '') return undefined;
  const url = isRecord(proxy) && typeof proxy['url'] === 'string' ? proxy['url'].trim() : '';
  if (!isRecord(proxy) || !/^https?:\/\/[^\s/@]+\/?$/i.test(url)) {
    throw fields.invalid('proxy', 'refers to a proxy without a usable address', 'enter it as http://host:port there');
  }
  const { username, password } = isRecord(proxy['credentials']) ? texts(proxy['credentials']) : {};
  const list: unknown = proxy['noproxy'];
  const bypass = Array.isArray(list) ? list.filter((rule): rule is string => typeof rule === 'string') : undefined;
  return { url, ...present('username', username), ...present('password', password), ...present('bypass', bypass) };
}

function texts({ username, password }: Record<string, unknown>): { username?: string; password?: string } {
  return {
    ...present('username', typeof username === 'string' && username !== '' ? username : undefined),
    ...present('password', typeof password === 'string' && password !== '' ? password : undefined),
  };
}
