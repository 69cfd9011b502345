/**
 * A TCP or TLS connection to a TURN server in the shape that werift's TURN takes. werift's own connects again when the
 * server closes it, without end and without the allocation that is lost with it, and a refusal then is an unhandled
 * rejection. This one closes, never rejects a send, and drops packets when the connection is slower than the video.
 */
import { connect as connectTcp, isIP } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import type { Transport } from 'werift';

/** Where to and how. */
export interface StreamTarget {
  kind: 'tcp' | 'tls';
  /** The name in the server's certificate. */
  host: string;
  /** What it resolved to. */
  address: string;
  port: number;
  localAddress?: string | undefined;
  tls?: TurnTls | undefined;
}

/** Whom to trust over TLS. */
export interface TurnTls {
  /** Certificates (PEM) trusted beside the usual ones. */
  caPem?: string;
  /** False takes any certificate. Default true. */
  verify?: boolean;
}

/** The system's own limit is two minutes. */
const CONNECT_LIMIT_MS = 5_000;
/** About a second of video at 4 Mb/s; more only makes it late. */
const MAX_WAITING_BYTES = 512 * 1024;

/** Connects; rejects with the socket's error. Closing under way makes it reject. */
export async function connectStream(target: StreamTarget): Promise<StreamTransport> {
  const transport = new StreamTransport(target);
  await transport.connected;
  return transport;
}

/** See the file header. */
export class StreamTransport implements Transport {
  readonly type: 'tcp' | 'tls';
  readonly connected: Promise<void>;
  /** Packets that were not sent because too much was waiting. */
  dropped = 0;
  closed = false;
  onData: Transport['onData'] = () => undefined;
  readonly #socket: Socket;

  constructor(target: StreamTarget) {
    this.type = target.kind;
    this.#socket = target.kind === 'tls' ? tlsSocket(target) : connectTcp(route(target));
    this.#socket.setNoDelay(true).setTimeout(CONNECT_LIMIT_MS, () => void this.close());
    this.connected = new Promise((resolve, reject) => {
      this.#socket.once(target.kind === 'tls' ? 'secureConnect' : 'connect', resolve);
      this.#socket.on('error', reject);
      this.#socket.once('close', () => reject(new Error('closed')));
    });
    this.connected.then(
      () => this.#socket.setTimeout(0),
      // The one who connects hears of it; later ends are noticed by silence.
      () => undefined,
    );
    this.#socket.on('data', (data) => this.onData(data, [target.address, target.port]));
    this.#socket.once('end', () => void this.close());
    this.#socket.once('close', () => (this.closed = true));
  }

  get address(): AddressInfo {
    const { localAddress = '', localFamily = '', localPort = 0 } = this.#socket;
    return { address: localAddress, family: localFamily, port: localPort };
  }

  readonly send: Transport['send'] = (data) => {
    if (this.closed) return Promise.resolve();
    if (this.#socket.writableLength > MAX_WAITING_BYTES) this.dropped += 1;
    else this.#socket.write(data);
    return Promise.resolve();
  };

  readonly close = (): Promise<void> => {
    this.closed = true;
    this.#socket.destroy();
    return Promise.resolve();
  };
}

function route({ address, port, localAddress }: StreamTarget) {
  return { host: address, port, ...(localAddress === undefined ? {} : { localAddress }) };
}

function tlsSocket(target: StreamTarget): Socket {
  const { host, tls } = target;
  return connectTls({
    ...route(target),
    // An address has no place in SNI (RFC 6066 §3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls?.caPem === undefined ? {} : { ca: [...rootCertificates, tls.caPem] }),
    rejectUnauthorized: tls?.verify ?? true,
  });
}
