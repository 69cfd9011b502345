/**
 * A bound UDP socket in the shape that werift's STUN and TURN take. werift's own cannot be bound to one address of
 * several, and looks for a free port before it takes it: when another session is faster, an unhandled `error` event
 * ends the thread.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';
import type { Transport } from 'werift';

/** Lowest and highest UDP port, both usable. */
export interface PortRange {
  min: number;
  max: number;
}

/** What to bind. */
export interface UdpBinding {
  /** The local address, or only its family. */
  address: string | 4 | 6;
  /** Left out: the system chooses. */
  ports?: PortRange | undefined;
}

/** More busy ports in a row than this are no accident. */
const MAX_TRIES = 1_000;

/** Binds to the first free port of the range, from a random one on. Rejects with the error of the last try. */
export async function bindUdp({ address, ports }: UdpBinding): Promise<UdpTransport> {
  let failure: unknown;
  for (const port of candidatePorts(ports)) {
    const transport = new UdpTransport(address);
    try {
      await transport.bind(port);
      return transport;
    } catch (thrown) {
      failure = thrown;
      await transport.close();
      if (!isTaken(thrown)) break;
    }
  }
  throw failure;
}

/** See the file header. */
export class UdpTransport implements Transport {
  readonly type = 'udp';
  readonly socketType: 'udp4' | 'udp6';
  /** werift's STUN and `widenReceiveBuffers` look for it. */
  readonly socket: Socket;
  closed = false;
  onData: Transport['onData'] = () => undefined;
  readonly #local: string | undefined;

  constructor(address: string | 4 | 6) {
    this.socketType = address === 6 || (typeof address === 'string' && isIPv6(address)) ? 'udp6' : 'udp4';
    this.#local = typeof address === 'string' ? address : undefined;
    this.socket = createSocket(this.socketType);
    // Errors of sending: UDP may lose packets anyway, and a path that is dead is noticed by silence.
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data, { address: from, port }) => {
      // A link-local sender is given with its interface: fe80::1%eth0
      this.onData(data, [from.replace(/%.*$/, ''), port]);
    });
  }

  get address(): AddressInfo {
    return this.socket.address();
  }

  /** 0 lets the system choose. */
  bind(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('error', reject);
      this.socket.bind(
        { port, ...(this.#local === undefined ? {} : { address: this.#local }), exclusive: true },
        () => {
          this.socket.off('error', reject);
          resolve();
        },
      );
    });
  }

  readonly send: Transport['send'] = (data, to) => {
    if (!this.closed && to !== undefined) this.socket.send(data, to[1], to[0]);
    return Promise.resolve();
  };

  readonly close = (): Promise<void> => {
    if (this.closed) return Promise.resolve();
    this.closed = true;
    return new Promise((resolve) => this.socket.close(() => resolve()));
  };
}

function candidatePorts(ports: PortRange | undefined): Iterable<number> {
  if (ports === undefined) return [0];
  const size = ports.max - ports.min + 1;
  const start = Math.floor(Math.random() * size);
  return Array.from({ length: Math.min(size, MAX_TRIES) }, (_, step) => ports.min + ((start + step) % size));
}

function isTaken(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'EADDRINUSE' || thrown.code === 'EACCES');
}
