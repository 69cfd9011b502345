/**
 * Everything that leans on werift's inside: fields it does not document and behaviour it may change. werift is pinned
 * to one exact version for the sake of this file; `test/unit/peer/werift-internals.test.ts` fails when a part moves.
 */
import { Socket } from 'node:dgram';
import type {
  Candidate,
  Protocol,
  RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpReceiver,
  RTCSctpTransport,
  StunProtocol,
  Transport,
  TurnProtocol,
} from 'werift';

type DtlsEndpoint = NonNullable<RTCDtlsTransport['dtls']>;

/** DTLS record types are 20 to 63 (RFC 7983 §7). */
const DTLS_FIRST_BYTE = 20;
const DTLS_LAST_BYTE = 63;
const ALERT_CONTENT_TYPE = 21;
/** level 1 = warning, description 0 = close_notify (RFC 5246 §7.2.1). */
const CLOSE_NOTIFY = [1, 0];
/**
 * A megabyte of socket buffer (Linux gives at most twice `rmem_max`, by default 416 KiB) takes the packets of a whole
 * SCTP window: 131,072 / 1,200 packets of 2.3 KB kernel memory each, 251 KB. The default of 208 KiB does not.
 */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
const RECEIVE_WINDOW_BYTES = 131_072;
/** A ClientHello is one datagram; its repetitions come a second apart. */
const MAX_EARLY_DATAGRAMS = 16;

/** The side of werift's ICE agent that a gathering fills. */
export interface IceAgent {
  /** A socket and the candidate it stands for; the agent closes the socket at the end. */
  add(protocol: Protocol, candidate: Candidate): void;
  /** A further candidate of a socket that was added. */
  announce(candidate: Candidate): void;
}

/**
 * Puts `gather` in the place of werift's own gathering, which asks Google's STUN server when none is configured, tries
 * one TURN server only and leaves its sockets open when it fails. Before the local description. `gather` must not reject.
 */
export function takeOverGathering(dtls: RTCDtlsTransport, gather: (agent: IceAgent) => Promise<void>): void {
  const { connection } = dtls.iceTransport;
  const ensure = plainMethod(connection, 'ensureProtocol');
  const pair = plainMethod(connection, 'pairLocalProtocol');
  const append = plainMethod(connection, 'appendLocalCandidate');
  const announce = (candidate: Candidate): void => {
    candidate.generation = connection.generation;
    candidate.ufrag = connection.localUsername;
    append(candidate);
  };
  const add = (protocol: Protocol, candidate: Candidate): void => {
    const protocols: unknown = Reflect.get(connection, 'protocols');
    if (!Array.isArray(protocols)) throw new TypeError('werift has no protocols any more');
    protocol.localCandidate = candidate;
    ensure(protocol);
    protocols.push(protocol);
    announce(candidate);
    pair(protocol);
  };
  plainMethod(connection, 'getCandidatePromises');
  Reflect.set(connection, 'getCandidatePromises', () => [gather({ add, announce })]);
}

/** Gives a host candidate's protocol a socket of our own. */
export function useTransport(protocol: StunProtocol, transport: Transport): void {
  const receive = plainMethod(protocol, 'datagramReceived');
  Reflect.set(protocol, 'transport', transport);
  transport.onData = (data, address) => receive(data, address);
}

/** Calls back with the lifetime (s) of a new allocation, in the place of werift's own refreshing, which never ends. */
export function onAllocated(turn: TurnProtocol, callback: (lifetimeS: number) => void): void {
  plainMethod(turn, 'refresh');
  Reflect.set(turn, 'refresh', callback);
}

/** The error code (RFC 8489 §14.8) that a request was refused with; undefined when it failed in another way. */
export function stunErrorCode(thrown: unknown): number | undefined {
  const response = property(thrown, 'response');
  if (typeof response !== 'object' || response === null) return undefined;
  const error: unknown = plainMethod(response, 'getAttributeValue')('ERROR-CODE');
  const code: unknown = Array.isArray(error) ? error[0] : undefined;
  return typeof code === 'number' ? code : undefined;
}

/**
 * Keeps DTLS packets that come before werift can read them and replays them as soon as it can. The other side's first
 * ClientHello is such a packet; dropped, it is only repeated after a second (field-notes.md 8). Keeps at most 16
 * datagrams, the oldest ones. The result stops it.
 */
export function replayEarlyDtls(dtls: RTCDtlsTransport): () => void {
  const early: Buffer[] = [];
  const { onData } = dtls.iceTransport.connection;
  const listening = onData.subscribe((datagram) => {
    const first = datagram[0] ?? 0;
    if (dtls.dtls !== undefined || first < DTLS_FIRST_BYTE || first > DTLS_LAST_BYTE) return;
    if (early.length < MAX_EARLY_DATAGRAMS) early.push(datagram);
  });
  const watching = dtls.onStateChange.subscribe((state) => {
    if (state !== 'connecting') return;
    // The DTLS endpoint is created and subscribed right after this event.
    setImmediate(() => {
      stop();
      for (const datagram of early.splice(0)) onData.execute(datagram);
    });
  });
  const stop = (): void => {
    listening.unSubscribe();
    watching.unSubscribe();
  };
  return stop;
}

/** How many packets of any kind (media, data, connectivity checks and answers) have come over the chosen path. */
export function receivedDatagrams(dtls: RTCDtlsTransport): number {
  const path = dtls.iceTransport.connection.nominated;
  return path === undefined ? 0 : path.packetsReceived + path.requestsReceived + path.responsesReceived;
}

/** The path in use: the kinds of its ends, what it goes over, and the newest round trip in seconds. */
export function chosenPath(
  dtls: RTCDtlsTransport,
): { local: string; remote: string; protocol: Protocol; roundTripS: number | undefined } | undefined {
  const path = dtls.iceTransport.connection.nominated;
  if (path === undefined) return undefined;
  const { protocol, localCandidate, remoteCandidate, rtt } = path;
  return { local: localCandidate.type, remote: remoteCandidate.type, protocol, roundTripS: rtt };
}

/**
 * Bytes of stream `streamId` that wait for the first transmission. `bufferedAmount` cannot be used: it only falls when
 * the whole queue is empty (field-notes.md 3).
 */
export function queuedBytes(sctp: RTCSctpTransport, streamId: number): number {
  let bytes = 0;
  for (const chunk of sctp.sctp.outboundQueue) if (chunk.streamId === streamId) bytes += chunk.userData.length;
  return bytes;
}

/** True while the SCTP association is up. */
export function isAssociated(sctp: RTCSctpTransport): boolean {
  return sctp.sctp.state === 'connected';
}

/** Tells when the SCTP association comes up and when it goes down (ABORT, SHUTDOWN, or given up). */
export function watchAssociation(sctp: RTCSctpTransport, events: { onUp(): void; onDown(): void }): void {
  sctp.sctp.stateChanged.connected.subscribe(() => events.onUp());
  sctp.sctp.stateChanged.closed.subscribe(() => events.onDown());
}

/**
 * Puts a fence around werift's handling of SCTP: it works in async functions that nobody awaits, so one malformed
 * packet would become an unhandled rejection, which ends the process.
 */
export function fenceSctp(sctp: RTCSctpTransport, report: (thrown: unknown) => void): void {
  const association = sctp.sctp;
  const handleData = method(association, 'handleData');
  const receive = method(sctp, 'datachannelReceive');
  sctp.dtlsTransport.dataReceiver = (data) => void handleData(data).catch(report);
  association.onReceive.allUnsubscribe();
  association.onReceive.subscribe((...message) => void receive(...message).catch(report));
}

/**
 * Announces a window that the socket can hold. werift announces a megabyte and sends as much in one go; what overflows
 * the socket comes again after a second, and a megabyte took 4 s on loopback. Before connecting.
 */
export function narrowReceiveWindow(sctp: RTCSctpTransport): void {
  Reflect.set(sctp.sctp, 'advertisedRwnd', RECEIVE_WINDOW_BYTES);
}

/** Makes room for bursts; after gathering. A system that refuses keeps its default. */
export function widenReceiveBuffers(dtls: RTCDtlsTransport): void {
  const protocols: unknown = Reflect.get(dtls.iceTransport.connection, 'protocols');
  if (!Array.isArray(protocols)) return;
  for (const protocol of protocols as unknown[]) {
    const socket = property(property(protocol, 'transport'), 'socket');
    if (!(socket instanceof Socket)) continue;
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch {
      // Only a matter of speed.
    }
  }
}

/**
 * werift's NACK bookkeeping stalls when a packet around the wrap of the sequence number is lost: it takes every later
 * number for an old one. This sets it back on track. Call for each received packet, after werift has seen it.
 */
export function unstickNack(receiver: RTCRtpReceiver, sequenceNumber: number): void {
  const nack: unknown = Reflect.get(receiver, 'nack');
  if (typeof nack !== 'object' || nack === null) return;
  const newest: unknown = Reflect.get(nack, 'newEstSeqNum');
  if (typeof newest !== 'number') return;
  const ahead = (sequenceNumber - newest) & 0xffff;
  if (ahead > 0 && ahead < 0x8000) Reflect.set(nack, 'newEstSeqNum', sequenceNumber);
}

/**
 * The goodbye that werift leaves out: without it a server holds the session until ICE consent expires, about 30 s.
 * SCTP ABORT, then an encrypted DTLS close_notify (field-notes.md 3). May reject; send nothing afterwards.
 */
export async function sayGoodbye(pc: RTCPeerConnection): Promise<void> {
  await pc.sctpTransport?.stop();
  const dtls = pc.dtlsTransports[0];
  const endpoint = dtls?.dtls;
  if (dtls?.state !== 'connected' || endpoint === undefined) return;
  await dtls.iceTransport.connection.send(closeNotify(endpoint));
  // The datagram must have left before the socket is closed.
  await new Promise((resolve) => setImmediate(resolve));
}

/**
 * One encrypted alert record (RFC 6347 §4.1):
 * type (8) | version (16) | epoch (16) | sequence number (48) | length (16) | sealed fragment.
 */
function closeNotify(endpoint: DtlsEndpoint): Buffer {
  const { version, epoch } = endpoint.dtls;
  const sequenceNumber = ++endpoint.dtls.recordSequenceNumber;
  const sealed = endpoint.cipher.cipher.encrypt(endpoint.sessionType, Buffer.from(CLOSE_NOTIFY), {
    type: ALERT_CONTENT_TYPE,
    version: (version.major << 8) | version.minor,
    epoch,
    sequenceNumber,
  });
  const header = Buffer.alloc(13);
  header.writeUInt8(ALERT_CONTENT_TYPE, 0);
  header.writeUInt8(version.major, 1);
  header.writeUInt8(version.minor, 2);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(sequenceNumber, 5, 6);
  header.writeUInt16BE(sealed.length, 11);
  return Buffer.concat([header, sealed]);
}

/** Frees sockets that gathering opened after `pc.close()` had run. */
export async function closeSockets(dtls: RTCDtlsTransport): Promise<void> {
  await dtls.iceTransport.connection.close();
}

function property(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

function method(owner: object, name: string): (...args: unknown[]) => Promise<unknown> {
  const found = plainMethod(owner, name);
  return async (...args) => {
    await found(...args);
  };
}

function plainMethod(owner: object, name: string): (...args: unknown[]) => unknown {
  const found: unknown = Reflect.get(owner, name);
  if (typeof found !== 'function') throw new TypeError(`werift has no ${name} any more`);
  return (...args) => Reflect.apply(found, owner, args) as unknown;
}
