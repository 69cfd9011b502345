import { describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { FrameAssembler } from '../../../src/rtp/frame-assembler';
import type { AssemblerEvent } from '../../../src/rtp/frame-assembler';
import { H264_END_OF_SEQUENCE } from '../../../src/rtp/h264-bitstream';
import { packetizeH264 } from '../../../src/rtp/h264-packetizer';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import type { RtpPacket } from '../../../src/rtp/packet';
import { parseVp8FrameHeader } from '../../../src/rtp/vp8-frame-header';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { clip, seededRandom } from '../container/run-ffmpeg';
import { h264FramesOf, vp8Frames } from './encoded-frames';
import type { EncodedFrame } from './encoded-frames';
import { packet, packetsOf } from './packets';

/** A whole VP8 keyframe and inter frame of one packet each; only the first bytes are ever looked at. */
const KEY = '10 10 00 00 9d 01 2a 40 01 f0 00 aa';
const INTER = '10 11 02 00 bb';

/** `key 3000`, `inter 6000`, `loss 2`. */
const text = (events: AssemblerEvent[]) =>
  events.map((event) =>
    event.kind === 'loss'
      ? `loss ${event.packets}`
      : `${event.accessUnit.keyframe ? 'key' : 'inter'} ${event.accessUnit.pts90k}`,
  );

/** One-packet frames: sequence number, payload, timestamp. */
function pushAll(assembler: FrameAssembler, frames: [number, string, number][], nowMs = 0): string[] {
  return frames.flatMap(([sequenceNumber, payload, timestamp]) =>
    text(assembler.push(packet(sequenceNumber, payload, { timestamp, marker: true }), nowMs)),
  );
}

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

describe('FrameAssembler', () => {
  it('starts at a keyframe and asks for one until it comes', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    expect(
      pushAll(assembler, [
        [1, INTER, 10],
        [2, INTER, 20],
        [3, KEY, 30],
        [4, INTER, 40],
      ]),
    ).toEqual(['loss 0', 'loss 0', 'key 30', 'inter 40']);
    expect(assembler.stats.droppedFrames).toBe(2);
  });

  it('drops everything after a loss up to the next keyframe', () => {
    const assembler = new FrameAssembler({ codec: 'vp8', reorderMs: 100 });
    pushAll(assembler, [[1, KEY, 0]], 0);
    expect(pushAll(assembler, [[4, INTER, 30]], 50)).toEqual([]);
    expect(assembler.nextDeadlineMs).toBe(150);
    expect(text(assembler.expire(150))).toEqual(['loss 2', 'loss 0']);
    expect(assembler.nextDeadlineMs).toBeUndefined();
    expect(
      pushAll(
        assembler,
        [
          [5, INTER, 40],
          [6, KEY, 50],
        ],
        160,
      ),
    ).toEqual(['loss 0', 'key 50']);
    expect(assembler.stats).toMatchObject({ frames: 2, droppedFrames: 2, lostPackets: 2 });
  });

  it('needs no new keyframe when it was the keyframe that came after the gap', () => {
    const assembler = new FrameAssembler({ codec: 'vp8', reorderMs: 100 });
    pushAll(
      assembler,
      [
        [1, KEY, 0],
        [3, KEY, 30],
      ],
      0,
    );
    expect(text(assembler.expire(100))).toEqual(['loss 1', 'key 30']);
  });

  it('passes hidden frames one tick later like any other frame', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    const hidden =
      packetizeVp8(hiddenVp8Frame(320, 240), { maxPayloadBytes: 1200, pictureId: 2 })[0] ?? Buffer.alloc(0);
    pushAll(assembler, [[1, KEY, 3000]]);
    const [event] = assembler.push(packet(2, hidden, { timestamp: 3001, marker: true }), 0);
    expect(event).toMatchObject({ kind: 'frame', rtpTimestamp: 3001, accessUnit: { pts90k: 3001, keyframe: false } });
    expect(event?.kind === 'frame' && parseVp8FrameHeader(event.accessUnit.data)?.showFrame).toBe(false);
    expect(pushAll(assembler, [[3, INTER, 6000]])).toEqual(['inter 6000']);
  });

  it('gives nothing for an end of sequence one tick later, and goes on', () => {
    const assembler = new FrameAssembler({ codec: 'h264' });
    const end = H264_END_OF_SEQUENCE.toString('hex');
    expect(
      pushAll(assembler, [
        [1, '65 88 11', 3000],
        [2, end, 3001],
        [3, '41 9a 22', 6000],
        [4, end, 6001],
      ]),
    ).toEqual(['key 3000', 'inter 6000']);
  });

  it('survives empty packets between frames, as used to probe bandwidth', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    expect(
      pushAll(assembler, [
        [1, KEY, 0],
        [2, '', 0],
        [3, '', 10],
        [4, INTER, 20],
      ]),
    ).toEqual(['key 0', 'inter 20']);
  });

  it('treats a frame beyond the limit as lost', () => {
    const assembler = new FrameAssembler({ codec: 'vp8', maxFrameBytes: 5000 });
    pushAll(assembler, [[1, KEY, 0]]);
    const part = Buffer.concat([Buffer.from([0x10, 0x11]), Buffer.alloc(3000)]);
    const events = [2, 3].flatMap((number) => assembler.push(packet(number, part, { timestamp: 10 }), 0));
    expect(text(events)).toEqual(['loss 0']);
    expect(
      pushAll(assembler, [
        [4, '00 00', 10],
        [5, INTER, 20],
        [6, KEY, 30],
      ]),
    ).toEqual(['loss 0', 'key 30']);
    expect(assembler.stats.oversizedFrames).toBe(1);
  });

  it('hands out data that does not share memory with the packets', () => {
    const assembler = new FrameAssembler({ codec: 'vp8' });
    const payload = packet(1, KEY, { marker: true });
    const [event] = assembler.push(payload, 0);
    const before = event?.kind === 'frame' ? Buffer.from(event.accessUnit.data) : undefined;
    payload.payload.fill(0);
    expect(event).toMatchObject({ accessUnit: { data: before, codec: 'vp8', capturedAtMs: null } });
  });
});
