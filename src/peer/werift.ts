/**
 * werift as an ES module. The CommonJS build of the same version defines every field of every packet one by one with
 * `Object.defineProperty`, which costs a fifth of a session's CPU [measured: camera copied, data only, 7.3 against
 * 5.8 % of a core]. An ES module can only be loaded asynchronously (Node.js 20), hence once, before the first peer.
 */
import { SessionError } from '../errors';
import type * as Werift from 'werift';

let loaded: typeof Werift | undefined;

/** Resolves when `werift` and `createPeer` may be used. Rejects when werift cannot be loaded. Idempotent. */
export async function loadWerift(): Promise<void> {
  loaded ??= await import('werift');
}

/** Throws before `loadWerift` has resolved, a fault of this software. */
export function werift(): typeof Werift {
  if (loaded === undefined) throw new SessionError('INTERNAL', 'WebRTC was used before it was loaded.');
  return loaded;
}
