/**
 * Inputs that come from outside: cameras, network streams, files. Pure: options in, argument arrays out. Only listed
 * URL schemes pass, each with the protocols it needs and no other; nothing given can be read as an option.
 */
import { SessionError } from '../errors';
import { redact } from '../redact';
import type { FfmpegVersion } from './arguments';
import { ffmpegDialect } from './version';

/** What to read. */
export interface LiveInputOptions {
  ffmpeg: FfmpegVersion;
  /** An URL with one of the schemes below, `file:` URL, or a path. User and password are given apart. */
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Files only: start again at the end, for ever. */
  loop?: boolean | undefined;
  /** Files only: as fast as possible instead of in real time. */
  unpaced?: boolean | undefined;
  /** Silence that ends the input. Default 10 s: a reader orphaned by a killed Node ends by itself. */
  ioTimeoutMs?: number | undefined;
}

const DEFAULT_IO_TIMEOUT_MS = 10_000;
/** `srt://0.0.0.0:9000?mode=listener` waits for the camera to call. */
const LISTEN_TIMEOUT_MS = 30_000;
const CONTROL_CHARACTER = /\p{Cc}/u;

interface Scheme {
  /** What FFmpeg may open on behalf of this URL (redirects, playlists, keys). */
  protocols: string;
  timeout: 'rtsp' | 'rw' | 'srt' | 'none';
}

const HTTP: Scheme = { protocols: 'http,https,httpproxy,tcp,tls,crypto,data', timeout: 'rw' };
const RTMP: Scheme = { protocols: 'rtmp,rtmps,rtmpt,tcp,tls,http', timeout: 'rw' };
const SCHEMES: Readonly<Record<string, Scheme>> = {
  rtsp: { protocols: 'rtsp,rtp,tcp,udp', timeout: 'rtsp' },
  rtsps: { protocols: 'rtsps,rtsp,rtp,tcp,tls,udp', timeout: 'rtsp' },
  rtmp: RTMP,
  rtmps: RTMP,
  srt: { protocols: 'srt', timeout: 'srt' },
  http: HTTP,
  https: HTTP,
  file: { protocols: 'file', timeout: 'none' },
};

/** Scheme of an URL in lower case; `file` for everything that is a path. */
export function inputScheme(url: string): string {
  // One letter is a Windows drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1];
  return scheme === undefined ? 'file' : scheme.toLowerCase();
}

/**
 * Everything up to and including `-i`: RTSP over TCP and video only, a bound on silence, files in real time.
 * Throws INVALID_OPTION for other schemes, empty or broken URLs, line breaks and a leading hyphen.
 */
export function liveInputArgs(options: LiveInputOptions): string[] {
  const url = options.url.trim();
  const name = redact(url, [options.password]);
  if (url === '') throw new SessionError('INVALID_OPTION', 'The source has no URL: enter a stream URL or a file path.');
  if (url.startsWith('-') || CONTROL_CHARACTER.test(url)) throw malformed(name);
  const scheme = SCHEMES[inputScheme(url)];
  if (scheme === undefined) {
    const known = Object.keys(SCHEMES).join(', ');
    throw new SessionError('INVALID_OPTION', `"${name}" has a scheme that is not supported: use a path or ${known}.`);
  }
  if (scheme.timeout === 'none') {
    const path = filePath(url);
    if (path === undefined || CONTROL_CHARACTER.test(path)) throw malformed(name);
    return fileInputArgs(path, scheme, options);
  }
  return [
    ...networkArgs(scheme, options),
    '-protocol_whitelist',
    scheme.protocols,
    '-i',
    scheme.timeout === 'srt' ? url : withCredentials(url, options),
  ];
}

/** The first video stream as it is, as NUT, without touching a byte of it; ends with the codec part of the line. */
export function copyVideoArgs(): string[] {
  return ['-map', '0:v:0', '-an', '-sn', '-dn', '-c', 'copy'];
}

function networkArgs(scheme: Scheme, options: LiveInputOptions): string[] {
  const { ffmpeg, ioTimeoutMs = DEFAULT_IO_TIMEOUT_MS, password = '' } = options;
  const microseconds = String(Math.round(ioTimeoutMs * 1000));
  if (scheme.timeout === 'rw') return ['-rw_timeout', microseconds];
  if (scheme.timeout === 'srt') {
    const secret = password === '' ? [] : ['-passphrase', password];
    return ['-rw_timeout', microseconds, '-listen_timeout', String(LISTEN_TIMEOUT_MS * 1000), ...secret];
  }
  const { rtspTimeout } = ffmpegDialect(ffmpeg.version);
  return ['-rtsp_transport', 'tcp', '-allowed_media_types', 'video', rtspTimeout, microseconds];
}

function fileInputArgs(path: string, scheme: Scheme, { loop, unpaced }: LiveInputOptions): string[] {
  return [
    ...(unpaced === true ? [] : ['-re']),
    ...(loop === true ? ['-stream_loop', '-1'] : []),
    ...['-protocol_whitelist', scheme.protocols, '-i', `file:${path}`],
  ];
}

/** `file:` makes FFmpeg take the rest literally: no protocol, no option, whatever the name looks like. */
function filePath(url: string): string | undefined {
  if (!/^file:/i.test(url)) return url;
  if (!/^file:\/\//i.test(url)) return url.slice('file:'.length);
  try {
    const path = decodeURIComponent(new URL(url).pathname);
    return /^\/[a-z]:/i.test(path) ? path.slice(1) : path;
  } catch {
    return undefined;
  }
}

function malformed(name: string): SessionError {
  return new SessionError('INVALID_OPTION', `"${name}" is neither a URL nor a path: check it for stray characters.`);
}

/** User and password as part of the URL, percent-encoded; those it already has are replaced. */
export function withCredentials(
  url: string,
  { username = '', password = '' }: Pick<LiveInputOptions, 'username' | 'password'>,
): string {
  if (username === '' && password === '') return url;
  const separator = url.indexOf('://') + 3;
  const userInfo = `${encodeURIComponent(username)}${password === '' ? '' : `:${encodeURIComponent(password)}`}`;
  const rest = url.slice(separator).replace(/^[^/?#@]*@/, '');
  return `${url.slice(0, separator)}${userInfo}@${rest}`;
}
