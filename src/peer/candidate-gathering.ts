/**
 * Finds the ICE candidates of one connection in place of werift: host candidates on the allowed addresses and ports,
 * one STUN answer for each, and relays. Nothing is asked of a server that was not configured; with the policy `relay`
 * no socket exists but those to TURN servers.
 */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Candidate, Protocol, RTCDtlsTransport, StunProtocol } from 'werift';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { usableServers } from './ice-urls';
import type { StunServer, TurnServer, UsableServers } from './ice-urls';
import { localAddresses } from './local-addresses';
import type { IcePath, IceRules, IceServer } from './peer';
import { openRelay } from './turn-relay';
import type { Relay } from './turn-relay';
import { bindUdp } from './udp-transport';
import { werift } from './werift';
import { chosenPath, useTransport } from './werift-internals';
import type { IceAgent } from './werift-internals';

const LOOPBACK = '127.0.0.1';
/** A STUN server that has not answered by then is left out. */
const STUN_LIMIT_MS = 4_000;
/** A relay over TCP or TLS behind one over UDP: every hop of it waits for lost packets. */
const RELAY_PREFERENCE = { udp: 2, tcp: 1, tls: 0 } as const;

/** What the gathering depends on. */
export interface GatheringOptions {
  ice?: IceRules;
  loopbackOnly?: boolean;
  clock: Clock;
  /** A TURN server failed; the others go on. */
  onFailure(error: SessionError): void;
}

/** One connection's search; used once. */
export class CandidateGathering {
  readonly #options: GatheringOptions;
  readonly #rules: IceRules;
  readonly #failures: SessionError[] = [];
  #servers: UsableServers = { stun: undefined, turn: [] };
  /** How the relays are reached. */
  readonly #relays = new WeakMap<Protocol, TurnServer['transport']>();
  #found = 0;

  /** Throws INVALID_OPTION for rules that cannot be kept. */
  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#rules = options.loopbackOnly === true ? {} : (options.ice ?? {});
    checkPorts(this.#rules);
  }

  /** Before `run`. Throws INVALID_OPTION when they cannot do what the rules want. */
  useServers(servers: readonly IceServer[]): void {
    this.#servers = usableServers(servers);
    if (this.#rules.policy === 'relay' && this.#servers.turn.length === 0) throw noTurnServer();
  }

  /** Fills `agent`; never rejects. */
  async run(agent: IceAgent): Promise<void> {
    if (this.#options.loopbackOnly === true) return this.#addHost(agent, LOOPBACK, { bound: true });
    const { stun, turn } = this.#servers;
    const { policy, interfaces = [] } = this.#rules;
    const bound = interfaces.length > 0;
    const addresses = localAddresses(networkInterfaces(), this.#rules);
    if (bound && addresses.length === 0) return;
    const relays = turn.map((server) => this.#addRelay(agent, server, bound ? addresses : []));
    const hosts = policy === 'relay' ? [] : addresses.map((address) => this.#addHost(agent, address, { bound, stun }));
    await Promise.all([...hosts, ...relays]);
  }

  /** The way that was chosen among what was found. */
  pathOf(dtls: RTCDtlsTransport): IcePath | null {
    const path = chosenPath(dtls);
    if (path === undefined) return null;
    return { local: path.local, remote: path.remote, protocol: this.#relays.get(path.protocol) ?? 'udp' };
  }

  /** Why there is no candidate, if the settings are to blame; after `run`. */
  get failure(): SessionError | undefined {
    const { policy, interfaces = [], ports } = this.#rules;
    if (this.#found > 0) return undefined;
    if (interfaces.length > 0 && localAddresses(networkInterfaces(), this.#rules).length === 0) {
      return noAddress(interfaces);
    }
    if (policy === 'relay') return noRelay(this.#failures);
    if (ports === undefined) return undefined;
    const message = `No UDP port from ${ports.min} to ${ports.max} is free: give a larger range, two ports a session.`;
    return new SessionError('NO_LOCAL_ADDRESS', message, { retry: true });
  }

  async #addHost(agent: IceAgent, address: string, how: { bound: boolean; stun?: StunServer | undefined }) {
    const { Candidate, candidateFoundation, candidatePriority, StunProtocol } = werift();
    const protocol = new StunProtocol();
    try {
      const family = isIPv4(address) ? 4 : 6;
      const transport = await bindUdp({ address: how.bound ? address : family, ports: this.#rules.ports });
      useTransport(protocol, transport);
      protocol.localIp = address;
      const { port } = transport.address;
      const priority = candidatePriority('host', { transport: 'udp' });
      const foundation = candidateFoundation('host', 'udp', address);
      agent.add(protocol, new Candidate(foundation, 1, 'udp', priority, address, port, 'host'));
      this.#found += 1;
    } catch {
      // An address that just went away, or no free port: `failure` tells if none is left.
      return;
    }
    if (how.stun !== undefined && isIPv4(address)) await this.#addReflexive(agent, protocol, how.stun);
  }

  async #addReflexive(agent: IceAgent, protocol: StunProtocol, { host, port }: StunServer): Promise<void> {
    let cancel: () => void = () => undefined;
    const limit = new Promise<undefined>((resolve) => {
      cancel = this.#options.clock.after(STUN_LIMIT_MS, () => resolve(undefined));
    });
    const candidate = await Promise.race([werift().serverReflexiveCandidate(protocol, [host, port]), limit]);
    cancel();
    if (candidate !== undefined) agent.announce(candidate);
  }

  async #addRelay(agent: IceAgent, server: TurnServer, from: readonly string[]): Promise<void> {
    const { clock } = this.#options;
    const { ipv6 = true, ports, tls } = this.#rules;
    try {
      const relay = await openRelay(server, { from, ipv6, ports, tls, clock });
      this.#relays.set(relay.protocol, server.transport);
      agent.add(relay.protocol, relayCandidate(relay, server, this.#rules.policy === 'relay'));
      this.#found += 1;
    } catch (thrown) {
      const error = SessionError.from(thrown, 'TURN_FAILED');
      this.#failures.push(error);
      if (this.#rules.policy !== 'relay') this.#options.onFailure(error);
    }
  }
}

/** `hidden`: who allows relays only does not want to show the own address either. */
function relayCandidate({ relayed, mapped }: Relay, { transport }: TurnServer, hidden: boolean): Candidate {
  const [host, port] = relayed;
  const { Candidate, candidateFoundation, candidatePriority } = werift();
  const foundation = candidateFoundation('relay', transport, host);
  const priority = candidatePriority('relay', {
    transport: 'udp',
    localPreference: 65_533 + RELAY_PREFERENCE[transport],
  });
  const [address, number] = hidden ? ['0.0.0.0', 0] : mapped;
  return new Candidate(foundation, 1, 'udp', priority, host, port, 'relay', address, number);
}

function checkPorts({ ports }: IceRules): void {
  if (ports === undefined) return;
  const { min, max } = ports;
  if (Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max <= 65_535 && min <= max) return;
  throw new SessionError(
    'INVALID_OPTION',
    `The ports ${min} to ${max} are no range: give two numbers from 1 to 65535.`,
  );
}

function noTurnServer(): SessionError {
  return new SessionError(
    'INVALID_OPTION',
    'The ICE policy allows relays only, but no TURN server is given: add one with its user and password, or allow all.',
  );
}

function noAddress(interfaces: readonly string[]): SessionError {
  const names = Object.entries(networkInterfaces()).map(([name, infos = []]) => {
    return `${name} (${infos.map(({ address }) => address).join(', ')})`;
  });
  const wanted = interfaces.join(', ');
  const message = `No network interface fits "${wanted}": this machine has ${names.join('; ') || 'none at all'}.`;
  return new SessionError('NO_LOCAL_ADDRESS', message, { retry: true });
}

function noRelay(failures: readonly SessionError[]): SessionError {
  const reasons = failures.map(({ message }) => message).join(' ');
  const message = `No TURN server gave a relay, and the ICE policy allows nothing else. ${reasons}`.trim();
  return new SessionError('TURN_FAILED', message, {
    retry: failures.length === 0 || failures.some(({ retry }) => retry),
    details: { servers: failures.map(({ details }) => details ?? {}) },
  });
}
