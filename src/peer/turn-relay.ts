/**
 * One allocation on a TURN server: made within a limit, kept alive, given back at the end. werift speaks the protocol;
 * this owns its socket and its life, because werift leaves the socket of a failed try open, keeps a timer of minutes
 * after the end, lets permissions run out and never frees an allocation.
 */
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { StunOverTurnProtocol, Transport, TurnProtocol } from 'werift';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { settleWithin } from '../guard';
import type { TurnServer } from './ice-urls';
import { connectStream } from './stream-transport';
import type { TurnTls } from './stream-transport';
import { bindUdp } from './udp-transport';
import type { PortRange } from './udp-transport';
import { werift } from './werift';
import { onAllocated, stunErrorCode } from './werift-internals';

/** From where, and whom to trust. */
export interface RelayOptions {
  /** Local addresses to start from; empty: the system chooses. */
  from: readonly string[];
  ipv6: boolean;
  ports?: PortRange | undefined;
  tls?: TurnTls | undefined;
  clock: Clock;
}

/** An allocation in use. */
export interface Relay {
  protocol: StunOverTurnProtocol;
  /** Address and port on the server at which packets for us arrive. */
  relayed: readonly [string, number];
  /** Our address and port as the server sees them. */
  mapped: readonly [string, number];
}

/** DNS, TCP, TLS and two requests: some round trips and a lost packet. */
const OPEN_LIMIT_MS = 4_000;
/** The usual and longest life of an allocation (RFC 8656 §3.2). */
const LIFETIME_S = 600;
/** A permission lasts 300 s and comes anew with its channel (RFC 8656 §9 and §12); werift's own 500 s leave a gap. */
const CHANNEL_REFRESH_S = 240;
const RELEASE_LIMIT_MS = 300;
const REFRESH_RETRY_MS = 10_000;

/** Rejects with TURN_FAILED, which names the server and the reason but no credential. */
export async function openRelay(server: TurnServer, options: RelayOptions): Promise<Relay> {
  let expired = false;
  const opening = allocate(server, options).then(async (relay) => {
    // Too late: nobody takes it any more.
    if (expired) await relay.protocol.close();
    return relay;
  });
  let cancel: () => void = () => undefined;
  const limit = new Promise<never>((_, reject) => {
    cancel = options.clock.after(OPEN_LIMIT_MS, () => {
      expired = true;
      reject(new Error('no answer'));
    });
  });
  try {
    return await Promise.race([opening, limit]);
  } catch (thrown) {
    opening.catch(() => undefined);
    throw turnFailure(server, thrown);
  } finally {
    cancel();
  }
}

async function allocate(server: TurnServer, options: RelayOptions): Promise<Relay> {
  const { transport, remote } = await connect(server, options);
  const { StunOverTurnProtocol, TurnProtocol } = werift();
  const turn = new TurnProtocol(remote, server.username, server.credential, LIFETIME_S, transport, {
    channelRefreshTime: CHANNEL_REFRESH_S,
  });
  let stopRefreshing: () => void = () => undefined;
  onAllocated(turn, (lifetimeS) => (stopRefreshing = keepAllocated(turn, lifetimeS, options.clock)));
  try {
    await Promise.race([turn.connectionMade(), refusal(turn)]);
  } catch (thrown) {
    await endProtocol(turn);
    throw thrown;
  }
  const protocol = new StunOverTurnProtocol(turn);
  let closing: Promise<void> | undefined;
  const disconnect = protocol.close.bind(protocol);
  protocol.close = () => {
    stopRefreshing();
    closing ??= release(turn)
      .then(disconnect)
      .then(() => endProtocol(turn));
    return closing;
  };
  return { protocol, relayed: turn.relayedAddress, mapped: turn.mappedAddress };
}

/**
 * Rejects with the 401 that answers a request which already holds user and password. It cannot be signed, so werift
 * takes no notice of it and asks again until time is up.
 */
function refusal(turn: TurnProtocol): Promise<never> {
  const receive = turn.transport.onData;
  return new Promise((_, reject) => {
    turn.transport.onData = (data, address) => {
      const response = turn.integrityKey === undefined ? undefined : werift().parseMessage(data);
      if (stunErrorCode({ response }) === 401) reject(Object.assign(new Error('refused'), { response }));
      receive(data, address);
    };
  });
}

async function connect(
  { host, port, transport }: TurnServer,
  { from, ipv6, ports, tls }: RelayOptions,
): Promise<{ transport: Transport; remote: readonly [string, number] }> {
  const onlyIpv4 = !ipv6 || (from.length > 0 && !from.some(isIPv6));
  const { address, family } = await lookup(host, { family: onlyIpv4 ? 4 : 0 });
  const local = from.find((candidate) => isIPv6(candidate) === (family === 6));
  if (from.length > 0 && local === undefined) throw new Error('no local address of its family');
  const remote = [address, port] as const;
  if (transport === 'udp') {
    return { transport: await bindUdp({ address: local ?? (family === 6 ? 6 : 4), ports }), remote };
  }
  const target = { kind: transport, host, address, port, localAddress: local, tls };
  return { transport: await connectStream(target), remote };
}

/** Refreshes well before the end; the result stops it. */
function keepAllocated(turn: TurnProtocol, lifetimeS: number, clock: Clock): () => void {
  let stopped = false;
  let cancel: () => void = () => undefined;
  const schedule = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      refresh(turn, LIFETIME_S).then(
        (nextS) => stopped || schedule(refreshDelayMs(nextS)),
        // The allocation may still be there; if it is not, silence tells.
        () => stopped || schedule(REFRESH_RETRY_MS),
      );
    });
  };
  schedule(refreshDelayMs(lifetimeS));
  return () => {
    stopped = true;
    cancel();
  };
}

function refreshDelayMs(lifetimeS: number): number {
  return Math.max(lifetimeS / 2, lifetimeS - 120) * 1_000;
}

async function refresh(turn: TurnProtocol, lifetimeS: number): Promise<number> {
  const { classes, Message, methods } = werift();
  const request = new Message(methods.REFRESH, classes.REQUEST).setAttribute('LIFETIME', lifetimeS);
  const [response] = await turn.requestWithRetry(request, turn.server);
  const granted: unknown = response.getAttributeValue('LIFETIME');
  return typeof granted === 'number' && granted > 0 ? granted : LIFETIME_S;
}

/** Gives the allocation back (RFC 8656 §7.1): servers limit how many a user may have. Bounded, never rejects. */
function release(turn: TurnProtocol): Promise<void> {
  return turn.transport.closed ? Promise.resolve() : settleWithin(RELEASE_LIMIT_MS, refresh(turn, 0));
}

async function endProtocol(turn: TurnProtocol): Promise<void> {
  for (const transaction of Object.values(turn.transactions)) transaction.cancel();
  await turn.transport.close();
}

function turnFailure({ url }: TurnServer, thrown: unknown): SessionError {
  const status = stunErrorCode(thrown);
  const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
  const [what, remedy] = explanation(status, reason);
  return new SessionError('TURN_FAILED', `The TURN server ${url} ${what}: ${remedy}.`, {
    retry: status !== 401,
    details: { url, ...(status === undefined ? {} : { status }), ...(reason === undefined ? {} : { reason }) },
  });
}

function explanation(status: number | undefined, reason: string | undefined): [what: string, remedy: string] {
  if (status === 401) return ['refused user and password', 'check both, and that they have not expired'];
  if (status === 486) return ['has no more room for this user', 'end other sessions or raise its quota'];
  if (status !== undefined) return [`refused the connection (${status})`, "see the server's log"];
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') return ['cannot be found', 'check its name'];
  if (reason === 'ECONNREFUSED') return ['is not there', 'check its port and that it is running'];
  if (reason !== undefined && /CERT|SIGN|ISSUER/.test(reason)) {
    return [`has a certificate that is not trusted (${reason})`, 'give the certificate of its authority'];
  }
  return [`did not answer${reason === undefined ? '' : ` (${reason})`}`, 'check address, port and firewall'];
}
