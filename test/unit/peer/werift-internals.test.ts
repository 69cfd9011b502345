// The contract with werift's inside: each test names what it leans on and fails when that has moved.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Candidate, classes, Message, methods, RTCPeerConnection, StunProtocol, TurnProtocol, useVP8 } from 'werift';
import type { RTCDtlsTransport, RTCSctpTransport } from 'werift';
import { bindUdp } from '../../../src/peer/udp-transport';
import {
  fenceSctp,
  isAssociated,
  narrowReceiveWindow,
  onAllocated,
  queuedBytes,
  receivedDatagrams,
  replayEarlyDtls,
  stunErrorCode,
  takeOverGathering,
  unstickNack,
  useTransport,
  watchAssociation,
  widenReceiveBuffers,
} from '../../../src/peer/werift-internals';
import type { IceAgent } from '../../../src/peer/werift-internals';

const open: RTCPeerConnection[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pc) => pc.close()));
});

function connection(): { pc: RTCPeerConnection; dtls: RTCDtlsTransport; sctp: RTCSctpTransport } {
  const pc = new RTCPeerConnection({
    bundlePolicy: 'max-bundle',
    codecs: { video: [useVP8()] },
    iceServers: [],
    iceInterfaceAddresses: { udp4: '127.0.0.1' },
    iceAdditionalHostAddresses: ['127.0.0.1'],
    iceUseIpv4: false,
    iceUseIpv6: false,
  });
  open.push(pc);
  pc.addTransceiver('video', { direction: 'sendrecv' });
  pc.createDataChannel('inference');
  const [dtls] = pc.dtlsTransports;
  const sctp = pc.sctpTransport;
  if (dtls === undefined || sctp === undefined) throw new Error('werift makes its transports later now');
  return { pc, dtls, sctp };
}

function call(owner: object, name: string, ...args: unknown[]): void {
  const method: unknown = Reflect.get(owner, name);
  if (typeof method !== 'function') throw new Error(`werift has no ${name} any more`);
  Reflect.apply(method, owner, args);
}

describe('werift', () => {
  it('is the version these uses were written for', () => {
    expect(readFileSync('node_modules/werift/package.json', 'utf8')).toContain('"version": "0.24.4"');
  });

  it('makes one transport for video and data with max-bundle', () => {
    const { pc, dtls, sctp } = connection();
    expect(pc.dtlsTransports).toEqual([dtls]);
    expect(sctp.dtlsTransport).toBe(dtls);
  });
});

/** One socket on 127.0.0.1 in the place of werift's own search. */
async function gatherOne(agent: IceAgent): Promise<void> {
  const protocol = new StunProtocol();
  const transport = await bindUdp({ address: '127.0.0.1' });
  useTransport(protocol, transport);
  const { port } = transport.address;
  agent.add(protocol, new Candidate('1', 1, 'udp', 1, '127.0.0.1', port, 'host'));
}

describe('takeOverGathering', () => {
  it("asks nobody, where werift asks Google's STUN server although none is configured", async () => {
    const { pc, dtls } = connection();
    expect(dtls.iceTransport.connection.stunServer?.[0]).toContain('google');
    takeOverGathering(dtls, gatherOne);
    await pc.setLocalDescription(await pc.createOffer());
    const candidates = new Set(pc.localDescription?.sdp.match(/^a=candidate:.*$/gm));
    expect([...candidates]).toEqual([expect.stringMatching(/127\.0\.0\.1 \d+ typ host/)]);
    expect(pc.iceGatheringState).toBe('complete');
  });
});

describe('onAllocated', () => {
  it("takes the place of werift's refreshing", async () => {
    const transport = await bindUdp({ address: '127.0.0.1' });
    const turn = new TurnProtocol(['127.0.0.1', 1], 'me', 'word', 600, transport);
    const lifetimes: number[] = [];
    onAllocated(turn, (lifetimeS) => lifetimes.push(lifetimeS));
    call(turn, 'refresh', 600);
    expect(lifetimes).toEqual([600]);
    await transport.close();
  });
});

describe('stunErrorCode', () => {
  it('reads the code of a refusal, and nothing out of other failures', () => {
    const response = new Message(methods.ALLOCATE, classes.ERROR).setAttribute('ERROR-CODE', [486, 'quota']);
    expect(stunErrorCode({ response })).toBe(486);
    expect(stunErrorCode({ response: new Message(methods.ALLOCATE, classes.RESPONSE) })).toBeUndefined();
    expect(stunErrorCode(new Error('timeout'))).toBeUndefined();
    expect(stunErrorCode(undefined)).toBeUndefined();
  });
});

describe('replayEarlyDtls', () => {
  const CLIENT_HELLO = Buffer.from([22, 254, 253]);
  const STUN = Buffer.from([0, 1]);
  const RTP = Buffer.from([128, 96]);

  it('replays DTLS packets, and only those, once werift has begun with DTLS', async () => {
    const { dtls } = connection();
    const { onData } = dtls.iceTransport.connection;
    const seen: Buffer[] = [];
    replayEarlyDtls(dtls);
    for (const datagram of [CLIENT_HELLO, STUN, RTP]) onData.execute(datagram);
    onData.subscribe((datagram) => seen.push(datagram));
    call(dtls, 'setState', 'connecting');
    expect(seen).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([CLIENT_HELLO]);
  });

  it('keeps no more than 16', async () => {
    const { dtls } = connection();
    const { onData } = dtls.iceTransport.connection;
    let replayed = 0;
    replayEarlyDtls(dtls);
    for (let index = 0; index < 40; index += 1) onData.execute(CLIENT_HELLO);
    onData.subscribe(() => (replayed += 1));
    call(dtls, 'setState', 'connecting');
    await new Promise((resolve) => setImmediate(resolve));
    expect(replayed).toBe(16);
  });
});

describe('receivedDatagrams', () => {
  it('adds up media, checks and answers of the chosen path', () => {
    const { dtls } = connection();
    expect(receivedDatagrams(dtls)).toBe(0);
    const path = { packetsReceived: 100, requestsReceived: 20, responsesReceived: 3 };
    Reflect.set(dtls.iceTransport.connection, 'nominated', path);
    expect(receivedDatagrams(dtls)).toBe(123);
    Reflect.set(dtls.iceTransport.connection, 'nominated', undefined);
  });
});

describe('SCTP', () => {
  it('queues chunks where queuedBytes looks for them', async () => {
    const { sctp } = connection();
    const association = sctp.sctp;
    // Nothing is sent while there is no window.
    Reflect.set(association, 'transmit', () => new Promise(() => undefined));
    call(association, 'send', 3, 51, Buffer.alloc(5_000), {});
    call(association, 'send', 4, 51, Buffer.alloc(70), {});
    await Promise.resolve();
    expect([queuedBytes(sctp, 3), queuedBytes(sctp, 4), queuedBytes(sctp, 5)]).toEqual([5_000, 70, 0]);
    association.outboundQueue = [];
  });

  it('tells when it comes up and goes down', () => {
    const { sctp } = connection();
    const told: string[] = [];
    watchAssociation(sctp, { onUp: () => told.push('up'), onDown: () => told.push('down') });
    expect(isAssociated(sctp)).toBe(false);
    call(sctp.sctp, 'setConnectionState', 'connected');
    expect(isAssociated(sctp)).toBe(true);
    call(sctp.sctp, 'setConnectionState', 'closed');
    expect(told).toEqual(['up', 'down']);
  });

  it('turns hostile packets and messages into reports instead of unhandled rejections', async () => {
    const { dtls, sctp } = connection();
    const faults: unknown[] = [];
    fenceSctp(sctp, (thrown) => faults.push(thrown));
    dtls.dataReceiver(Buffer.from([1, 2, 3]));
    const [DCEP, ACK, NO_SUCH_STREAM] = [50, 2, 9];
    sctp.sctp.onReceive.execute(NO_SUCH_STREAM, DCEP, Buffer.from([ACK]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(faults).toHaveLength(2);
  });

  it('starts with a window of a megabyte, which narrowReceiveWindow makes smaller', () => {
    const { sctp } = connection();
    expect(Reflect.get(sctp.sctp, 'advertisedRwnd')).toBe(1_048_576);
    narrowReceiveWindow(sctp);
    expect(Reflect.get(sctp.sctp, 'advertisedRwnd')).toBe(131_072);
  });
});

describe('widenReceiveBuffers', () => {
  it('finds the sockets of a gathering', async () => {
    const { pc, dtls } = connection();
    takeOverGathering(dtls, gatherOne);
    await pc.setLocalDescription(await pc.createOffer());
    const protocols: unknown = Reflect.get(dtls.iceTransport.connection, 'protocols');
    const [protocol] = protocols as { transport: { socket: { getRecvBufferSize(): number } } }[];
    const socket = protocol?.transport.socket;
    const before = socket?.getRecvBufferSize() ?? 0;
    widenReceiveBuffers(dtls);
    expect(socket?.getRecvBufferSize()).toBeGreaterThan(before);
  });
});

describe('unstickNack', () => {
  it('moves the NACK bookkeeping on when a packet at the wrap was lost, and leaves it alone otherwise', () => {
    const { pc } = connection();
    const receiver = pc.getTransceivers()[0]?.receiver;
    const nack: unknown = receiver === undefined ? undefined : Reflect.get(receiver, 'nack');
    if (receiver === undefined || typeof nack !== 'object' || nack === null) throw new Error('nack has moved');
    const newest = (): unknown => Reflect.get(nack, 'newEstSeqNum');
    const arrives = (sequenceNumber: number): void => {
      call(nack, 'addPacket', { header: { sequenceNumber, ssrc: 1 } });
    };
    arrives(65_533);
    arrives(65_534);
    unstickNack(receiver, 65_534);
    expect(newest()).toBe(65_534);
    arrives(0);
    arrives(1);
    expect(newest()).toBe(65_534);
    unstickNack(receiver, 1);
    expect(newest()).toBe(1);
    arrives(2);
    unstickNack(receiver, 0);
    expect(newest()).toBe(2);
  });
});
