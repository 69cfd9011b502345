import { afterEach, describe, expect, it } from 'vitest';
import type { DemoFaults } from '../../../src/demo/faults';
import type { SessionOptions } from '../../../src/session/options';
import { coturnMissing, startTurnServer, TURN_CA, TURN_USER } from '../peer/turn-server';
import type { TurnServer } from '../peer/turn-server';
import { demo, demoOptions, library, Witness } from './support';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0)) await resource.close();
});

async function start(faults: DemoFaults = {}): Promise<{ turn: TurnServer; url: string }> {
  const turn = await startTurnServer();
  open.push({ close: () => turn.stop() });
  const server = await demo.startDemoServer({ faults });
  open.push(server);
  return { turn, url: server.url };
}

/** A session that may use nothing but this TURN server. */
function relayOptions(url: string, urls: string, credential = TURN_USER.credential): SessionOptions {
  return demoOptions(url, {
    server: { url },
    network: {
      iceServers: [{ urls, username: TURN_USER.username, credential }],
      icePolicy: 'relay',
      tls: { caPem: TURN_CA },
    },
    recovery: { enabled: false },
  });
}

describe.skipIf(coturnMissing)('a session that may only be relayed', () => {
  it.each(['udp', 'tcp', 'tls'] as const)('brings pictures and data over a TURN server by %s', async (transport) => {
    const { turn, url } = await start();
    const session = new library.WebRTCSession(relayOptions(url, turn.urls[transport]));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.length >= 15 && witness.data.length >= 15);
    await session.close();
    await turn.logged(/delete: realm=<test>, username=<camera-7>/);
    expect(turn.log()).toMatch(/CHANNEL_BIND processed, success/);
    const relayed = [...turn.log().matchAll(/peer usage: .*username=<camera-7>, rp=(\d+)/g)].map(
      ([, packets]) => packets,
    );
    expect(Math.max(...relayed.map(Number))).toBeGreaterThan(15);
    const told = JSON.stringify([witness.phases, witness.warnings.map(String), witness.lastStats, await witness.ended]);
    expect(told).not.toContain(TURN_USER.credential);
  });

  it('ends with the TURN server’s refusal, which names no secret', async () => {
    const { turn, url } = await start();
    const session = new library.WebRTCSession(relayOptions(url, turn.urls.udp, 'planted-wrong-word'));
    const witness = new Witness(session);
    await expect(session.run()).rejects.toMatchObject({ code: 'TURN_FAILED', retry: false });
    expect(JSON.stringify([witness.phases, await witness.ended])).not.toContain('planted-wrong-word');
  });

  it('keeps the TURN password out of an error in which the server repeats the whole request', async () => {
    const { turn, url } = await start({ forcedAnswer: 'schema' });
    const session = new library.WebRTCSession(relayOptions(url, turn.urls.udp));
    const witness = new Witness(session);
    await expect(session.run()).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
    expect(JSON.stringify([witness.phases, await witness.ended])).not.toContain(TURN_USER.credential);
  });
});

describe('a session with rules for its own side of the network', () => {
  it('runs on the named interface and inside the range of ports', async () => {
    const { url } = await startDemo();
    const network = { interfaces: ['127.0.0.1'], udpPorts: { min: 42_000, max: 42_100 }, ipv6: false };
    await using session = new library.WebRTCSession(demoOptions(url, { server: { url }, network }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 3);
  });

  it.each([
    [{ icePolicy: 'relay' }, 'INVALID_OPTION'],
    [{ interfaces: ['eth99'] }, 'NO_LOCAL_ADDRESS'],
  ] as const)('with %o ends in %s', async (network, code) => {
    const { url } = await startDemo();
    const options = demoOptions(url, {
      server: { url },
      network: { ...network, interfaces: [...('interfaces' in network ? network.interfaces : [])] },
      recovery: { enabled: false },
    });
    await expect(new library.WebRTCSession(options).run()).rejects.toMatchObject({ code });
  });
});

async function startDemo(): Promise<{ url: string }> {
  const server = await demo.startDemoServer({});
  open.push(server);
  return server;
}
