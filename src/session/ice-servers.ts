/** Which STUN and TURN servers a connection uses: the user's own, else those that Roboflow names for its servers. */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { isRoboflowServer, lookUpTurnServers } from '../signalling/turn-lookup';
import type { IceServerOptions, SessionOptions } from './options';
import { platformRoute } from './platform-route';

/** What a look-up needs. */
export interface LookupContext {
  clock: Clock;
  signal: AbortSignal;
  /** The look-up failed; the session goes on without. */
  warn: (error: SessionError) => void;
}

/**
 * For one connection: credentials that were looked up soon expire. `undefined` when there are none. Rejects with
 * TURN_FAILED where nothing but relays is allowed and none could be looked up.
 */
export async function iceServersOf(
  options: SessionOptions,
  { clock, signal, warn }: LookupContext,
): Promise<IceServerOptions[] | undefined> {
  const { server, network = {} } = options;
  const own = network.iceServers;
  if (server.apiKey === undefined || !looksUp(options)) return own;
  const lookup = { ...platformRoute(options), apiKey: server.apiKey, clock, signal };
  try {
    const found = await lookUpTurnServers(lookup);
    return [...(own ?? []), ...found];
  } catch (thrown) {
    const error = SessionError.from(thrown);
    if (network.icePolicy === 'relay' || error.code === 'SESSION_CLOSED') throw error;
    warn(error);
    return own;
  }
}

/** A relay's refusal, as the session takes it: another look-up may bring a password that is good. */
export function relayFailure(thrown: unknown, options: SessionOptions): SessionError {
  const error = SessionError.from(thrown);
  if (error.code !== 'TURN_FAILED' || !looksUp(options)) return error;
  const { details, message } = error;
  return new SessionError(error.code, message, {
    retry: true,
    cause: error,
    ...(details === undefined ? {} : { details }),
  });
}

/** Whether servers are looked up for this session: the user's own TURN server wins. */
function looksUp({ server, network = {} }: SessionOptions): boolean {
  const { turnLookup = 'auto', iceServers = [] } = network;
  if (turnLookup === 'never' || server.loopbackOnly === true) return false;
  if (iceServers.flatMap(({ urls }) => urls).some((url) => /^\s*turns?:/i.test(url))) return false;
  return turnLookup === 'always' || isRoboflowServer(server.url);
}
