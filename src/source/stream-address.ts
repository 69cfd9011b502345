/**
 * The `url` of a stream in, what FFmpeg opens out: an allow-listed network URL or an absolute file path. Refuses
 * anything FFmpeg could read as an option or as one of its own pseudo protocols, and credentials inside the URL.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SessionError } from '../errors';
import { redact } from '../redact';
import type { StreamSpec } from './spec';

/** Where a stream is. */
export type StreamAddress =
  | {
      kind: 'network';
      scheme: NetworkScheme;
      /** Without credentials, which join it on FFmpeg's command line only. */
      url: string;
      /** For people. */
      label: string;
      /** What must never be shown. */
      secrets: string[];
    }
  | { kind: 'file'; path: string; label: string; secrets: string[] };

/** What FFmpeg may open over the network. */
export const NETWORK_SCHEMES = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'http', 'https'] as const;
type NetworkScheme = (typeof NETWORK_SCHEMES)[number];

/** Two letters at least: `C:\clip.mp4` is a path. FFmpeg takes `subfile,,start,0,,:` for a protocol as well. */
const SCHEME = /^([a-z][a-z0-9+.-]+)(,[^:]*)?:/i;
// Control characters cannot be part of a path or URL that anybody means, but can hide things in logs.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Throws INVALID_OPTION. Touches neither network nor disk. */
export function parseStreamAddress(spec: Pick<StreamSpec, 'url' | 'username' | 'password'>): StreamAddress {
  const url = spec.url.trim();
  if (url === '') throw invalid('The source has no address: give a URL or the path of a file.');
  if (CONTROL.test(url)) throw invalid('The address of the source holds control characters: remove them.');
  if (url.startsWith('-')) throw invalid('The address of the source begins with "-": write ./- for such a file.');
  const scheme = schemeOf(url);
  if (scheme === undefined) return fileAddress(resolve(url));
  if (scheme === 'file') return fileAddress(pathOfFileUrl(url));
  const known = NETWORK_SCHEMES.find((name) => name === scheme);
  if (known === undefined) {
    throw invalid(
      `The address of the source begins with "${scheme}:", which is not allowed: use ${NETWORK_SCHEMES.join(', ')} or the path of a file.`,
    );
  }
  return networkAddress(known, url, spec);
}

/** In lower case; `undefined` for a path. */
export function schemeOf(address: string): string | undefined {
  return SCHEME.exec(address)?.[1]?.toLowerCase();
}

function networkAddress(
  scheme: NetworkScheme,
  url: string,
  { username = '', password = '' }: Pick<StreamSpec, 'username' | 'password'>,
): StreamAddress {
  const label = redact(url, [password]);
  const rest = url.slice(scheme.length + 1);
  const authority = /^\/\/([^/?#]*)/.exec(rest)?.[1];
  if (authority === undefined || authority === '' || !URL.canParse(url)) {
    throw invalid(`The address ${withoutUser(label)} is not a URL: write it as ${scheme}://host/path.`);
  }
  if (authority.includes('@')) {
    throw invalid(
      `The address ${label} holds user or password: put them into the fields for user and password, where they are kept secret.`,
    );
  }
  if (CONTROL.test(username) || CONTROL.test(password)) {
    throw invalid('User or password of the source hold control characters: remove them.');
  }
  if (scheme === 'srt') checkSrt(url, { label, username, password });
  // FFmpeg knows its protocols in lower case only.
  return { kind: 'network', scheme, url: `${scheme}:${rest}`, label, secrets: password === '' ? [] : [password] };
}

/** A password with a raw / or # makes it no URL; everything up to the last @ may be part of it. */
function withoutUser(url: string): string {
  return url.replace(/^([^:]*:\/*).*@/, '$1***@');
}

/** SRT encrypts with a passphrase of 10 to 79 characters and knows no users. */
function checkSrt(url: string, { label, username, password }: Record<'label' | 'username' | 'password', string>): void {
  if (/[?&]passphrase=/i.test(url)) {
    throw invalid(`The address ${label} holds a passphrase: put it into the field for the password.`);
  }
  if (username !== '') {
    throw invalid(`SRT (${label}) knows no user: leave it empty; a stream id goes into the address (?streamid=...).`);
  }
  if (password !== '' && (password.length < 10 || password.length > 79)) {
    throw invalid(`The passphrase of ${label} must have 10 to 79 characters.`);
  }
}

function fileAddress(path: string): StreamAddress {
  return { kind: 'file', path, label: path, secrets: [] };
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new SessionError('INVALID_OPTION', `The address ${url} is not the URL of a local file: write the path.`, {
      cause,
    });
  }
}

function invalid(message: string): SessionError {
  return new SessionError('INVALID_OPTION', message);
}
