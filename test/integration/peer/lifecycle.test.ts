import { RTCPeerConnection, useVP8 } from 'werift';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import type { Clock } from '../../../src/clock';
import { connect, recordedPeer, udpSockets } from './peer-pair';
import type { Told } from './peer-pair';

const LOOPBACK = {
  bundlePolicy: 'max-bundle' as const,
  codecs: { video: [useVP8()] },
  iceInterfaceAddresses: { udp4: '127.0.0.1' },
  iceAdditionalHostAddresses: ['127.0.0.1'],
  iceUseIpv4: false,
  iceUseIpv6: false,
  iceServers: [],
};
const open: Told[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ peer }) => peer.close()));
});

function offerer(options: Partial<Parameters<typeof recordedPeer>[0]> = {}): Told {
  const told = recordedPeer({ role: 'offerer', video: 'sendrecv', channels: ['inference'], ...options });
  open.push(told);
  return told;
}

function answerer(options: Partial<Parameters<typeof recordedPeer>[0]> = {}): Told {
  const told = recordedPeer({ role: 'answerer', video: 'sendrecv', ...options });
  open.push(told);
  return told;
}

/** The system's clock, `factor` times as fast for timers. */
function fastClock(factor: number): Clock {
  return { ...systemClock, after: (delayMs, callback) => systemClock.after(delayMs / factor, callback) };
}

describe('end of a connection', () => {
  it.each([
    ['offerer', 0],
    ['answerer', 1],
  ])('the %s that closes tells the other side within a second', async (_, closing) => {
    const pair = [offerer(), answerer()] as const;
    await connect(...pair, ['inference']);
    const [closer, other] = closing === 0 ? pair : [pair[1], pair[0]];
    const startMs = performance.now();
    await closer.peer.close();
    await other.until((told) => told.lost.length === 1);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(other.lost[0]).toMatchObject({ code: 'CONNECTION_LOST', retry: true });
    expect(other.closed).toEqual(['inference']);
    expect(closer.lost).toEqual([]);
  });

  it('without data channels DTLS says goodbye', async () => {
    const pair = [offerer({ channels: [] }), answerer()] as const;
    await connect(...pair);
    await pair[0].peer.close();
    await pair[1].until((told) => told.lost.length === 1);
  });

  it('is noticed when the other side vanishes without a word', async () => {
    // Timers ten times as fast: 16 s of silence are 1.6 s. Receiver reports come every second or so.
    const watching = offerer({ clock: fastClock(10) });
    const vanishing = new RTCPeerConnection(LOOPBACK);
    await vanishing.setRemoteDescription({ type: 'offer', sdp: await watching.peer.createOffer() });
    await vanishing.setLocalDescription(await vanishing.createAnswer());
    await watching.peer.acceptAnswer(vanishing.localDescription?.sdp ?? '');
    await watching.until((told) => told.connected === 1);
    const packet = { timestamp: 0, marker: true, payload: Buffer.from([0x10, 0, 0]) };
    for (let sequenceNumber = 1; sequenceNumber < 60; sequenceNumber += 1) {
      watching.peer.sendRtp('vp8', { ...packet, sequenceNumber });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(watching.lost).toEqual([]);
    // werift by itself says nothing when it closes.
    await vanishing.close();
    const startMs = performance.now();
    await watching.until((told) => told.lost.length === 1);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(watching.lost[0]).toMatchObject({ code: 'CONNECTION_LOST', retry: true });
  });

  it('gives up when the answer leads nowhere', async () => {
    const lonely = offerer({ connectTimeoutMs: 300 });
    const unheard = answerer();
    const answer = await unheard.peer.acceptOffer(await lonely.peer.createOffer());
    await unheard.peer.close();
    await lonely.peer.acceptAnswer(answer);
    await lonely.until((told) => told.lost.length === 1);
    expect(lonely.lost[0]).toMatchObject({ code: 'CONNECT_TIMEOUT', retry: true });
    expect(lonely.connected).toBe(0);
    expect(lonely.peer.send('inference', 'x')).toBe(false);
  });
});

describe('closing', () => {
  it('may be called in any state, twice, and at once', async () => {
    const fresh = offerer();
    await Promise.all([fresh.peer.close(), fresh.peer.close()]);
    await expect(fresh.peer.createOffer()).rejects.toMatchObject({ code: 'SESSION_CLOSED' });

    const gathering = offerer();
    const offering = gathering.peer.createOffer();
    await Promise.all([expect(offering).rejects.toMatchObject({ code: 'SESSION_CLOSED' }), gathering.peer.close()]);

    const offered = offerer();
    const answering = answerer();
    const answer = await answering.peer.acceptOffer(await offered.peer.createOffer());
    await offered.peer.acceptAnswer(answer);
    await Promise.all([offered.peer.close(), answering.peer.close()]);
    expect([...offered.lost, ...answering.lost]).toEqual([]);
    await expect.poll(udpSockets).toBe(0);
  });

  it('leaves no socket behind, twenty times over', async () => {
    for (let cycle = 0; cycle < 20; cycle += 1) {
      const pair = [offerer(), answerer()] as const;
      await connect(...pair, ['inference']);
      await Promise.all(pair.map(({ peer }) => peer.close()));
      expect([...pair[0].faults, ...pair[1].faults]).toEqual([]);
    }
    await expect.poll(udpSockets).toBe(0);
  });
});
