import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import { createPeer } from '../../../src/peer/peer';
import type { Peer, PeerOptions } from '../../../src/peer/peer';
import { loadWerift } from '../../../src/peer/werift';

const open: Peer[] = [];

beforeAll(loadWerift);

afterEach(async () => {
  await Promise.all(open.splice(0).map((peer) => peer.close()));
});

function peer(options: Partial<PeerOptions>): Peer {
  const nothing = (): void => undefined;
  const created = createPeer({
    role: 'offerer',
    video: 'sendrecv',
    loopbackOnly: true,
    clock: systemClock,
    events: {
      onConnected: nothing,
      onLost: nothing,
      onRtp: nothing,
      onKeyframeRequest: nothing,
      onChannelOpen: nothing,
      onChannelMessage: nothing,
      onChannelClosed: nothing,
    },
    ...options,
  });
  open.push(created);
  return created;
}

function lines(sdp: string, start: string): string[] {
  return sdp.split('\r\n').filter((line) => line.startsWith(start));
}

describe('offer', () => {
  it('has VP8 before H.264 of mode 1 and profile 42e01f, each with NACK, PLI and REMB', async () => {
    const sdp = await peer({ channels: ['inference'] }).createOffer();
    const formats = lines(sdp, 'a=rtpmap:').map((line) => /:(\d+) (.*)/.exec(line)?.slice(1) ?? []);
    const payloadTypes = formats.map(([payloadType = '']) => payloadType);
    expect(formats.map(([, name]) => name)).toEqual(['VP8/90000', 'H264/90000']);
    expect(lines(sdp, 'm=video')).toEqual([`m=video 9 UDP/TLS/RTP/SAVPF ${payloadTypes.join(' ')}`]);
    const [parameters = ''] = lines(sdp, `a=fmtp:${payloadTypes[1] ?? ''}`);
    expect(parameters).toContain('packetization-mode=1');
    expect(parameters).toContain('profile-level-id=42e01f');
    for (const payloadType of payloadTypes) {
      const feedback = lines(sdp, `a=rtcp-fb:${payloadType} `).map((line) => line.replace(/^\S+ /, ''));
      expect(feedback.sort()).toEqual(['goog-remb', 'nack', 'nack pli']);
    }
  });

  it('has the two header extensions aiortc wants, one bundle, and no audio', async () => {
    const sdp = await peer({ channels: ['inference'] }).createOffer();
    const extensions = lines(sdp, 'a=extmap:').map((line) => line.replace(/^\S+ /, ''));
    expect(extensions.sort()).toEqual([
      'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
      'urn:ietf:params:rtp-hdrext:sdes:mid',
    ]);
    expect(lines(sdp, 'a=group:BUNDLE')).toEqual(['a=group:BUNDLE 0 1']);
    expect(lines(sdp, 'm=')).toHaveLength(2);
    expect(new Set(lines(sdp, 'a=setup:'))).toEqual(new Set(['a=setup:actpass']));
  });

  it('is complete and has one candidate, on 127.0.0.1', async () => {
    const sdp = await peer({ channels: ['inference'] }).createOffer();
    expect(new Set(lines(sdp, 'a=candidate:').map((line) => line.split(' ')[4]))).toEqual(new Set(['127.0.0.1']));
    expect(new Set(lines(sdp, 'a=candidate:')).size).toBe(1);
    expect(lines(sdp, 'a=end-of-candidates')).toHaveLength(2);
  });

  it.each(['sendrecv', 'sendonly', 'recvonly'] as const)('offers video %s as it is told', async (video) => {
    const sdp = await peer({ video }).createOffer();
    expect(lines(sdp, 'm=')).toHaveLength(1);
    expect(lines(sdp, `a=${video}`)).toHaveLength(1);
  });

  it('has no video line for a file upload', async () => {
    const sdp = await peer({ video: 'none', channels: ['inference', 'video_upload'] }).createOffer();
    expect(lines(sdp, 'm=').map((line) => line.split(' ')[0])).toEqual(['m=application']);
  });

  it('offers only the codecs it is given, in their order', async () => {
    const sdp = await peer({ codecs: ['h264', 'vp8'] }).createOffer();
    expect(lines(sdp, 'a=rtpmap:').map((line) => line.replace(/^\S+ /, ''))).toEqual(['H264/90000', 'VP8/90000']);
  });

  it('asks no STUN server when none is configured: it is there in no time even off the network', async () => {
    const startMs = performance.now();
    await peer({ loopbackOnly: false }).createOffer();
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it('is refused when there would be nothing in it', () => {
    expect(() => peer({ video: 'none', channels: [] })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe('answer', () => {
  const offered = async (options: Partial<PeerOptions>): Promise<string> =>
    peer({ channels: ['inference'], ...options }).createOffer();

  it.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['recvonly', 'recvonly', 'inactive'],
    ['sendrecv', 'none', 'inactive'],
  ] as const)('to %s from one who wants %s is %s', async (offer, wanted, expected) => {
    const answer = await peer({ role: 'answerer', video: wanted }).acceptOffer(await offered({ video: offer }));
    const section = answer.split(/^(?=m=)/m).find((part) => part.startsWith('m=video')) ?? '';
    expect(lines(section, `a=${expected}`)).toHaveLength(1);
    expect(lines(section, 'm=video 9 ')).toHaveLength(1);
  });

  it('follows the order of the offer, whatever the answerer prefers', async () => {
    const answerer = peer({ role: 'answerer', codecs: ['vp8', 'h264'] });
    await answerer.acceptOffer(await offered({ codecs: ['h264', 'vp8'] }));
    expect(answerer.negotiatedSendCodecs).toEqual(['h264', 'vp8']);
  });

  it('has only the codecs that both know', async () => {
    const answerer = peer({ role: 'answerer', codecs: ['vp8'] });
    const answer = await answerer.acceptOffer(await offered({}));
    expect(lines(answer, 'a=rtpmap:').map((line) => line.replace(/^\S+ /, ''))).toEqual(['VP8/90000']);
    expect(answerer.negotiatedSendCodecs).toEqual(['vp8']);
  });

  it('takes the active part, for the offer leaves the choice', async () => {
    const answer = await peer({ role: 'answerer' }).acceptOffer(await offered({}));
    expect(new Set(lines(answer, 'a=setup:'))).toEqual(new Set(['a=setup:active']));
  });

  it.each([
    ['not SDP at all', 'hello'],
    ['empty', ''],
    ['without a common codec', 'codec'],
  ])('is an error with a code when the offer is %s', async (_, sdp) => {
    const answerer = peer({ role: 'answerer', codecs: ['vp8'] });
    const offer = sdp === 'codec' ? await offered({ codecs: ['h264'] }) : sdp;
    await expect(answerer.acceptOffer(offer)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('that is garbage is refused by the offerer with a code', async () => {
    const offerer = peer({ channels: ['inference'] });
    await offerer.createOffer();
    await expect(offerer.acceptAnswer('<html>502</html>')).rejects.toMatchObject({ code: 'SERVER_ANSWER_INVALID' });
  });
});

describe('an answer without the video that was offered', () => {
  it('is refused, for nothing would ever be sent', async () => {
    const offerer = peer({ video: 'sendonly', channels: ['inference'] });
    const answer = await peer({ role: 'answerer', video: 'none' }).acceptOffer(await offerer.createOffer());
    await expect(offerer.acceptAnswer(answer)).rejects.toMatchObject({ code: 'SERVER_ANSWER_INVALID' });
  });
});

describe('a connection that is not up', () => {
  it('sends nothing and says so', async () => {
    const offerer = peer({ channels: ['inference'] });
    await offerer.createOffer();
    const packet = { sequenceNumber: 1, timestamp: 0, marker: true, payload: Buffer.from([1]) };
    expect(offerer.sendRtp('vp8', packet)).toBe(false);
    expect(offerer.send('inference', 'x')).toBe(false);
    expect(offerer.bufferedBytes('inference')).toBe(0);
    expect(offerer.negotiatedSendCodecs).toEqual([]);
    expect(() => offerer.requestKeyframe()).not.toThrow();
    expect(() => offerer.sendRemb(1_000_000)).not.toThrow();
  });
});
