/**
 * The address of a camera that the server opens itself: a spec in, the URL for the request (user and password in it,
 * for it travels nowhere else) and a name for people out. Refuses other schemes and what is no URL.
 */
import { SessionError } from '../errors';
import { withCredentials } from '../ffmpeg/source-arguments';
import type { PulledSpec, SourceSpec } from './spec';
import { parseStreamAddress } from './stream-address';

/** See the file header. */
export interface PulledAddress {
  /** For the server only. */
  url: string;
  /** Without credentials. */
  label: string;
}

/** What the server opens. */
export const PULLED_SCHEMES: Record<PulledSpec['kind'], readonly string[]> = {
  'server-rtsp': ['rtsp', 'rtsps'],
  'server-mjpeg': ['http', 'https'],
};

/** Whether the server opens this source, so that nothing is sent to it. */
export function isPulled(spec: SourceSpec): spec is PulledSpec {
  return spec.kind === 'server-rtsp' || spec.kind === 'server-mjpeg';
}

/** Throws INVALID_OPTION. */
export function parsePulledAddress(spec: PulledSpec): PulledAddress {
  const address = parseStreamAddress(spec);
  const schemes = PULLED_SCHEMES[spec.kind];
  if (address.kind === 'network' && schemes.includes(address.scheme)) {
    return { url: withCredentials(address.url, spec), label: address.label };
  }
  const wanted = schemes.map((scheme) => `${scheme}://`).join(' or ');
  throw new SessionError(
    'INVALID_OPTION',
    `The server cannot open ${address.label} itself: give an address that begins with ${wanted}.`,
  );
}
