import { afterEach, describe, expect, it } from 'vitest';
import type { DemoFaults } from '../../../src/demo/faults';
import type { SessionOptions } from '../../../src/session/options';
import { answering } from '../../unit/signalling/http-server';
import type { PlannedAnswer } from '../../unit/signalling/http-server';
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

describe('TURN servers of the platform', () => {
  const KEY = 'rf_planted_key_456';
  const FOUND = { urls: ['turn:127.0.0.1:9?transport=tcp'], username: 'temporary', credential: 'planted-found-word' };

  async function answers(answer: PlannedAnswer) {
    const server = await answering(answer);
    open.push(server);
    return server;
  }

  function lookingUp(url: string, platformUrl: string, network: SessionOptions['network'] = {}): SessionOptions {
    return demoOptions(url, {
      server: { url, apiKey: KEY, platformUrl },
      network: { turnLookup: 'always', ...network },
      recovery: { enabled: false },
    });
  }

  it.skipIf(coturnMissing)('carry a session that may only be relayed', async () => {
    const { turn, url } = await start();
    const platform = await answers({ body: { iceServers: [{ urls: [turn.urls.udp], ...TURN_USER }] } });
    await using session = new library.WebRTCSession(lookingUp(url, platform.url, { icePolicy: 'relay' }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 3);
    expect(platform.requests.map((request) => request.url)).toEqual([`/webrtc_turn_config?api_key=${KEY}`]);
  });

  it('also go to the server, which gets them with the offer', async () => {
    const platform = await answers({ body: FOUND });
    const server = await answers({ status: 503 });
    const session = new library.WebRTCSession(lookingUp(server.url, platform.url));
    const witness = new Witness(session);
    await expect(session.run()).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    const body: unknown = JSON.parse(server.requests[0]?.body ?? '');
    expect(body).toMatchObject({ webrtc_config: { iceServers: [FOUND] } });
    const told = JSON.stringify([witness.phases, witness.warnings.map((error) => error.toData()), await witness.ended]);
    expect(told).not.toMatch(/planted/);
  });

  it('that cannot be looked up are warned of, and the session goes on', async () => {
    const { url } = await startDemo();
    const platform = await answers({ status: 403, body: { message: `${KEY} is paused` } });
    await using session = new library.WebRTCSession(lookingUp(url, platform.url, { interfaces: ['127.0.0.1'] }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length > 0 && witness.warnings.length > 0);
    expect(witness.warnings[0]).toMatchObject({ code: 'TURN_FAILED' });
    expect(JSON.stringify(witness.warnings.map((error) => error.toData()))).not.toContain(KEY);
  });

  it('are an error where nothing but relays is allowed', async () => {
    const platform = await answers({ status: 500 });
    const session = new library.WebRTCSession(lookingUp('http://127.0.0.1:9', platform.url, { icePolicy: 'relay' }));
    await expect(session.run()).rejects.toMatchObject({ code: 'TURN_FAILED', retry: true });
  });

  it('are not asked for when there is one already, or when that is not wanted', async () => {
    const platform = await answers({ body: FOUND });
    for (const network of [{ iceServers: [FOUND] }, { turnLookup: 'never' as const }]) {
      const session = new library.WebRTCSession(lookingUp('http://127.0.0.1:9', platform.url, network));
      await expect(session.run()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    }
    expect(platform.requests).toEqual([]);
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
