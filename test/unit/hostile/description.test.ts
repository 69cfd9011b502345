import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import { SessionError } from '../../../src/errors';
import { offerFacts } from '../../../src/demo/offer-facts';
import { isIceUrl, usableServers } from '../../../src/peer/ice-urls';
import { createPeer } from '../../../src/peer/peer';
import type { Peer } from '../../../src/peer/peer';
import { addCandidates, keepInactiveLines, keepLoopbackCandidates } from '../../../src/peer/session-description';
import { loadWerift } from '../../../src/peer/werift';
import { bytes, damagedText } from './hostile-inputs';
import { holds } from './holds';

beforeAll(loadWerift);

function peer(role: 'offerer' | 'answerer'): Peer {
  return createPeer({
    role,
    video: 'sendrecv',
    ...(role === 'offerer' ? { channels: ['inference'] } : {}),
    loopbackOnly: true,
    clock: systemClock,
    events: {
      onConnected: () => undefined,
      onLost: () => undefined,
      onRtp: () => undefined,
      onKeyframeRequest: () => undefined,
      onChannelOpen: () => undefined,
      onChannelMessage: () => undefined,
      onChannelClosed: () => undefined,
    },
  });
}

const OFFER = `v=0
o=- 1 0 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=sendonly
a=mid:0
a=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host
a=candidate:2 1 udp 2130706431 10.1.2.3 50000 typ host
`.replaceAll('\n', '\r\n');

describe('descriptions as text', () => {
  it('of any kind are changed without a throw, and only loopback candidates are kept', () =>
    holds(
      fc.property(fc.oneof(damagedText([OFFER]), fc.string()), fc.string(), (sdp, candidate) => {
        const kept = keepLoopbackCandidates(sdp);
        expect(
          kept.split('\n').filter((line) => line.startsWith('a=candidate:') && !line.includes('127.0.0.1')),
        ).toEqual([]);
        expect(kept.length).toBeLessThanOrEqual(sdp.length);
        expect(keepInactiveLines(sdp)).toHaveLength(keepInactiveLines(sdp).length);
        expect(addCandidates(sdp, [candidate]).length).toBeGreaterThanOrEqual(sdp.length);
        const facts = offerFacts(sdp);
        expect(facts === undefined || typeof facts.clientSends === 'boolean').toBe(true);
      }),
    ));
});

describe('addresses of STUN and TURN servers', () => {
  it('of any kind are understood as a host and a port that exist, or left out', () =>
    holds(
      fc.property(
        fc.array(fc.oneof(damagedText(['turn:host:3478?transport=udp', 'turns:[::1]:5349', 'stun:host']), fc.string())),
        (urls) => {
          const { stun, turn } = usableServers([{ urls, username: 'u', credential: 'c' }]);
          expect(turn.length).toBeLessThanOrEqual(4);
          for (const { host, port } of [...turn, ...(stun === undefined ? [] : [stun])]) {
            expect(host).not.toMatch(/[\s/@]/);
            expect(port >= 1 && port <= 65_535).toBe(true);
          }
          expect(urls.filter(isIceUrl).length).toBeLessThanOrEqual(urls.length);
        },
      ),
    ));
});

describe('a description from the other side', () => {
  it('with any damage is taken or refused with a clear error, and the connection can be closed', async () => {
    const server = peer('answerer');
    const client = peer('offerer');
    const offer = await client.createOffer();
    const answer = await server.acceptOffer(offer);
    await Promise.all([server.close(), client.close()]);
    await holds(
      fc.asyncProperty(fc.oneof(damagedText([answer, answer, offer]), bytes(200).map(String)), async (sdp) => {
        const offerer = peer('offerer');
        const answerer = peer('answerer');
        try {
          await offerer.createOffer();
          const refusals = await Promise.allSettled([offerer.acceptAnswer(sdp), answerer.acceptOffer(sdp)]);
          for (const refusal of refusals) {
            if (refusal.status === 'rejected') {
              expect(refusal.reason).toBeInstanceOf(SessionError);
              const { code } = refusal.reason as SessionError;
              expect(['SERVER_ANSWER_INVALID', 'INVALID_OPTION']).toContain(code);
            }
          }
        } finally {
          await Promise.all([offerer.close(), answerer.close()]);
        }
      }),
      0.1,
    );
  });
});
