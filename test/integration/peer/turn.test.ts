import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import type { Clock } from '../../../src/clock';
import { bindUdp } from '../../../src/peer/udp-transport';
import { connect, recordedPeer, udpSockets } from './peer-pair';
import type { Told } from './peer-pair';
import { coturnMissing, startTurnServer, TURN_CA, TURN_USER } from './turn-server';
import type { TurnServer } from './turn-server';

const open: Told[] = [];
const servers: TurnServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ peer }) => peer.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function turnServer(): Promise<TurnServer> {
  const server = await startTurnServer();
  servers.push(server);
  return server;
}

type Options = Partial<Parameters<typeof recordedPeer>[0]>;

/** An offerer that may leave 127.0.0.1, with one TURN server. */
function relayed(urls: string, options: Options = {}): Told {
  const told = recordedPeer({
    role: 'offerer',
    video: 'sendrecv',
    channels: ['inference'],
    loopbackOnly: false,
    iceServers: [{ urls, ...TURN_USER }],
    ...options,
    ice: { policy: 'relay', tls: { caPem: TURN_CA }, ...options.ice },
  });
  open.push(told);
  return told;
}

function answerer(): Told {
  const told = recordedPeer({ role: 'answerer', video: 'sendrecv' });
  open.push(told);
  return told;
}

const candidates = (sdp: string): string[] => [...new Set(sdp.match(/^a=candidate:.*$/gm) ?? [])];

/** Pauses of a minute and more take a hundredth of it. */
const hurriedClock: Clock = {
  ...systemClock,
  after: (delayMs, callback) => systemClock.after(delayMs < 60_000 ? delayMs : delayMs / 200, callback),
};

describe.skipIf(coturnMissing)('a connection that may only be relayed', () => {
  it.each(['udp', 'tcp', 'tls'] as const)(
    'goes over a TURN server by %s, and gives its place back',
    async (transport) => {
      const server = await turnServer();
      const [offerer, other] = [relayed(server.urls[transport]), answerer()];
      await connect(offerer, other, ['inference']);
      const message = Buffer.alloc(40_000, 7);
      expect(offerer.peer.send('inference', message)).toBe(true);
      await other.until((told) => told.messages.length === 1);
      expect(other.messages[0]?.data).toEqual(message);
      expect(other.peer.send('inference', 'back')).toBe(true);
      await offerer.until((told) => told.messages.length === 1);
      await offerer.peer.close();
      await server.logged(/delete: realm=<test>, username=<camera-7>/);
      expect(server.log()).toMatch(/refreshed, realm=<test>, username=<camera-7>, lifetime=0/);
      await other.until((told) => told.lost.length === 1);
      await other.peer.close();
      await expect.poll(udpSockets).toBe(0);
    },
  );

  it('offers nothing but relays, and does not even tell its own address', async () => {
    const server = await turnServer();
    const sdp = await relayed(server.urls.udp).peer.createOffer();
    expect(candidates(sdp)).toEqual([
      expect.stringMatching(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ relay raddr 0\.0\.0\.0 rport 0/),
    ]);
  });

  it('keeps its place on the server for as long as it lives', async () => {
    const server = await turnServer();
    const [offerer, other] = [relayed(server.urls.udp, { clock: hurriedClock }), answerer()];
    await connect(offerer, other, ['inference']);
    await server.logged(/lifetime=600[^]*REFRESH processed, success[^]*lifetime=600[^]*REFRESH processed, success/);
  });

  it('is lost, and nothing else, when the TURN server goes away', async () => {
    const server = await turnServer();
    const [offerer, other] = [relayed(server.urls.tcp, { silenceTimeoutMs: 5_000 }), answerer()];
    await connect(offerer, other, ['inference']);
    await server.stop();
    await offerer.until((told) => told.lost.length === 1);
    expect(offerer.lost[0]).toMatchObject({ code: 'CONNECTION_LOST', retry: true });
    expect(offerer.faults).toEqual([]);
  });

  it.each(['udp', 'tcp', 'tls'] as const)(
    'says over %s that user and password are wrong, but not what they are',
    async (by) => {
      const server = await turnServer();
      const iceServers = [{ urls: server.urls[by], username: 'camera-7', credential: 'another-word' }];
      const { peer } = relayed('', { iceServers });
      const error: unknown = await peer.createOffer().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'TURN_FAILED',
        retry: false,
        message: expect.stringMatching(/refused user and password/) as string,
      });
      expect(JSON.stringify([String(error), error])).not.toMatch(/another-word|camera-7/);
      await peer.close();
      await expect.poll(udpSockets).toBe(0);
    },
  );

  it('says that the certificate of the TURN server is not trusted', async () => {
    const server = await turnServer();
    const { peer } = relayed(server.urls.tls, { ice: { tls: {} } });
    await expect(peer.createOffer()).rejects.toMatchObject({
      code: 'TURN_FAILED',
      message: expect.stringMatching(/certificate that is not trusted/) as string,
    });
  });

  it('takes what of several servers there is', async () => {
    const server = await turnServer();
    const iceServers = [{ urls: ['turn:127.0.0.1:9?transport=tcp', server.urls.tcp, server.urls.udp], ...TURN_USER }];
    expect(candidates(await relayed('', { iceServers }).peer.createOffer())).toHaveLength(2);
  });
});

describe.skipIf(coturnMissing)('a STUN server', () => {
  it('tells how this machine is seen, where it is configured', async () => {
    const server = await turnServer();
    const stun = server.urls.udp.replace('turn:', 'stun:');
    const { peer } = relayed(stun, { ice: { policy: 'all', interfaces: ['127.0.0.1'] } });
    const kinds = candidates(await peer.createOffer()).map((line) => / typ (\w+)/.exec(line)?.[1]);
    expect(kinds).toEqual(['host', 'srflx']);
  });
});

describe('a TURN server that is not there', () => {
  it('ends a connection that may only be relayed, within seconds and without a socket left', async () => {
    const silent = await bindUdp({ address: '127.0.0.1' });
    const { peer } = relayed(`turn:127.0.0.1:${silent.address.port}`);
    const startMs = performance.now();
    await expect(peer.createOffer()).rejects.toMatchObject({ code: 'TURN_FAILED', retry: true });
    expect(performance.now() - startMs).toBeLessThan(6_000);
    await silent.close();
    await peer.close();
  });

  it('is warned of where other ways are allowed', async () => {
    const offerer = relayed('turn:127.0.0.1:9?transport=tcp', { ice: { policy: 'all', interfaces: ['127.0.0.1'] } });
    expect(candidates(await offerer.peer.createOffer())).toEqual([expect.stringContaining('typ host')]);
    expect(offerer.faults).toEqual([
      expect.objectContaining({ code: 'TURN_FAILED', message: expect.stringContaining('is not there') as string }),
    ]);
  });
});

describe('rules for ports and interfaces', () => {
  const LOCAL = { policy: 'all', interfaces: ['127.0.0.1'] } as const;
  const offer = (ice: Options['ice']): Promise<string> =>
    relayed('', { iceServers: [], ...(ice === undefined ? {} : { ice }) }).peer.createOffer();

  it('binds to a port of the range, whatever other sessions have taken of it', async () => {
    const taken = await bindUdp({ address: '127.0.0.1' });
    const { port } = taken.address;
    const sdp = await offer({ ...LOCAL, ports: { min: port, max: port + 1 } });
    expect(candidates(sdp).map((line) => line.split(' ')[5])).toEqual([String(port + 1)]);
    await taken.close();
  });

  it('says that no port of the range is free', async () => {
    const taken = await bindUdp({ address: '127.0.0.1' });
    const { port } = taken.address;
    await expect(offer({ ...LOCAL, ports: { min: port, max: port } })).rejects.toMatchObject({
      code: 'NO_LOCAL_ADDRESS',
      message: expect.stringContaining(`${port} to ${port}`) as string,
    });
    await taken.close();
  });

  it('uses the named interface only, and says which there are when it is not one of them', async () => {
    const addresses = candidates(await offer(LOCAL)).map((line) => line.split(' ')[4]);
    expect(addresses).toEqual(['127.0.0.1']);
    await expect(offer({ ...LOCAL, interfaces: ['eth99'] })).rejects.toMatchObject({
      code: 'NO_LOCAL_ADDRESS',
      retry: true,
      message: expect.stringMatching(/"eth99".*127\.0\.0\.1/) as string,
    });
  });

  it('are refused when they allow relays only and there is no TURN server', async () => {
    await expect(offer({ policy: 'relay' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it.each([
    ['a range that ends before it begins', { ...LOCAL, ports: { min: 5_000, max: 4_000 } }],
    ['a port that is none', { ...LOCAL, ports: { min: 1, max: 70_000 } }],
  ] as const)('are refused when they are %s', (_, ice) => {
    expect(() => relayed('', { iceServers: [], ice })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
