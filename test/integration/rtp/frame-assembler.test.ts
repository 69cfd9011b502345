import { describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { FrameAssembler } from '../../../src/rtp/frame-assembler';
import { packetizeH264 } from '../../../src/rtp/h264-packetizer';
import type { RtpPacket } from '../../../src/rtp/packet';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { seededRandom } from '../../unit/channel/random';
import { eventTexts as text } from '../../unit/rtp/event-texts';
import { packetsOf } from '../../unit/rtp/packets';
import { clip } from '../container/run-ffmpeg';
import { h264FramesOf, vp8Frames } from './encoded-frames';
import type { EncodedFrame } from './encoded-frames';

/** What a sender with 1200-byte packets makes of the frames, from sequence number and timestamp near their wraps. */
function sent(frames: EncodedFrame[], codec: 'vp8' | 'h264'): RtpPacket[] {
  let sequenceNumber = 65_500;
  return frames.flatMap(({ data }, index) => {
    const payloads =
      codec === 'vp8'
        ? packetizeVp8(data, { maxPayloadBytes: 1200, pictureId: index })
        : packetizeH264(data, { maxPayloadBytes: 1200 });
    const packets = packetsOf(payloads, { sequenceNumber, timestamp: (4_294_950_000 + index * 3000) % 2 ** 32 });
    sequenceNumber += packets.length;
    return packets;
  });
}

function shuffled(packets: RtpPacket[], reach: number, seed: number): RtpPacket[] {
  const random = seededRandom(seed);
  return packets
    .map((each, index) => ({ each, place: index === 0 ? -1 : index + random() * reach }))
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each);
}

describe('FrameAssembler on real streams', () => {
  const streams: ['vp8' | 'h264', (context: TestContext) => EncodedFrame[]][] = [
    ['vp8', vp8Frames],
    ['h264', (context) => h264FramesOf(clip(context, 'pedestrians.mp4'), 30)],
  ];

  it.for(streams)(
    'gives every %s frame back, unwrapped and in order, from shuffled packets',
    ([codec, make], context) => {
      const frames = make(context);
      const assembler = new FrameAssembler({ codec });
      const events = shuffled(sent(frames, codec), 6, 5).flatMap((each) => assembler.push(each, 0));
      expect(text(events)).toEqual(
        frames.map(({ keyframe }, index) => `${keyframe ? 'key' : 'inter'} ${4_294_950_000 + index * 3000}`),
      );
      events.forEach((event, index) => {
        expect(event.kind === 'frame' && event.accessUnit.data.equals(frames[index]?.data ?? Buffer.alloc(0))).toBe(
          true,
        );
        expect(event.kind === 'frame' && event.rtpTimestamp).toBe((4_294_950_000 + index * 3000) % 2 ** 32);
      });
      expect(assembler.stats).toEqual({
        ...{ frames: 30, droppedFrames: 0, oversizedFrames: 0 },
        ...{ lostPackets: 0, duplicatePackets: 0, latePackets: 0 },
      });
    },
  );

  it.for(streams)(
    'never lets a damaged or dependent %s frame through, whichever packet is lost',
    ([codec, make], context) => {
      const frames = make(context);
      const packets = sent(frames, codec);
      const byTimestamp = new Map<number, number>();
      for (const { timestamp } of packets) {
        if (!byTimestamp.has(timestamp)) byTimestamp.set(timestamp, byTimestamp.size);
      }
      // Every packet of the first frames, then some.
      for (let missing = 1; missing < packets.length - 1; missing += missing < 40 ? 1 : 7) {
        const assembler = new FrameAssembler({ codec, reorderMs: 10 });
        const events = packets
          .filter((_packet, index) => index !== missing)
          .flatMap((each, index) => assembler.push(each, index));
        events.push(...assembler.expire(1e6));
        const damaged = byTimestamp.get(packets[missing]?.timestamp ?? 0) ?? 0;
        const nextKey = frames.findIndex(({ keyframe }, index) => keyframe && index > damaged);
        const expected = frames.flatMap((_frame, index) =>
          index < damaged || (nextKey !== -1 && index >= nextKey) ? [index] : [],
        );
        const received = events.flatMap((event) => (event.kind === 'frame' ? [event] : []));
        expect(received.map(({ rtpTimestamp }) => byTimestamp.get(rtpTimestamp))).toEqual(expected);
        expect(
          received.every(({ accessUnit }, index) =>
            accessUnit.data.equals(frames[expected[index] ?? -1]?.data ?? Buffer.alloc(0)),
          ),
        ).toBe(true);
        expect(text(events)).toContain('loss 1');
      }
    },
  );
});
