import { describe, expect, it } from 'vitest';
import type { VideoCodec } from '../../../src/media/video';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import type { RtpPacket } from '../../../src/rtp/packet';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { VideoReceiver } from '../../../src/transport/video-receiver';
import type { ReceivedFrame } from '../../../src/transport/video-receiver';
import { ManualClock } from './manual-clock';

const KEYFRAME = Buffer.from([0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 1, 2, 3]);
const INTER_FRAME = Buffer.from([0x11, 0x02, 0x00, 4, 5, 6]);
const IDR = Buffer.from([0x65, 0x88, 1, 2, 3]);

interface SetUp {
  clock: ManualClock;
  receiver: VideoReceiver;
  frames: ReceivedFrame[];
  asked: { keyframes: number; bitrates: number[] };
  faults: unknown[];
}

function setUp(onFrame?: (frame: ReceivedFrame) => void): SetUp {
  const clock = new ManualClock();
  const frames: ReceivedFrame[] = [];
  const faults: unknown[] = [];
  const asked: SetUp['asked'] = { keyframes: 0, bitrates: [] };
  const receiver = new VideoReceiver({
    clock,
    peer: {
      requestKeyframe: () => {
        asked.keyframes += 1;
      },
      sendRemb: (bitrateBps) => {
        asked.bitrates.push(bitrateBps);
      },
    },
    onFrame: (frame) => {
      frames.push(frame);
      onFrame?.(frame);
    },
    onFault: (thrown) => faults.push(thrown),
  });
  return { clock, receiver, frames, asked, faults };
}

/** A VP8 frame that fits into one packet. */
function vp8(sequenceNumber: number, frame: Buffer, timestamp = sequenceNumber * 3_000): ['vp8', RtpPacket] {
  const [payload = Buffer.alloc(0)] = packetizeVp8(frame, { maxPayloadBytes: 1_200, pictureId: sequenceNumber });
  return ['vp8', { sequenceNumber, timestamp, marker: true, payload }];
}

function h264(sequenceNumber: number, payload = IDR): [VideoCodec, RtpPacket] {
  return ['h264', { sequenceNumber, timestamp: sequenceNumber * 3_000, marker: true, payload }];
}

describe('VideoReceiver', () => {
  it('gives a frame out with its last packet, its time in 90 kHz and its arrival', () => {
    const { receiver, frames, clock } = setUp();
    receiver.push(...vp8(1, KEYFRAME));
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({
      rtpTimestamp90k: 3_000,
      receivedAtMs: clock.monotonicMs(),
      isStreamStart: true,
      accessUnit: { codec: 'vp8', keyframe: true, pts90k: 3_000, data: KEYFRAME },
    });
  });

  it('takes closing frames out but lets other hidden frames through, for a decoder needs them', () => {
    const { receiver, frames } = setUp();
    const alternateReference = Buffer.from([0x01, 0x02, 0x00, 9, 9, 9]);
    receiver.push(...vp8(1, KEYFRAME, 0));
    receiver.push(...vp8(2, hiddenVp8Frame(320, 240), 1));
    receiver.push(...vp8(3, alternateReference, 3_000));
    expect(frames.map(({ accessUnit }) => accessUnit.data)).toEqual([KEYFRAME, alternateReference]);
    expect(receiver.stats).toMatchObject({ frames: 2, packets: 3 });
  });

  it('asks for a keyframe at the first packet, and no more once one has come', () => {
    const { receiver, asked, clock } = setUp();
    receiver.push(...vp8(1, KEYFRAME));
    clock.advance(600);
    receiver.push(...vp8(2, INTER_FRAME));
    expect(asked.keyframes).toBe(1);
    expect(receiver.stats.keyframeRequests).toBe(1);
  });

  it('asks again every half second while it waits for a keyframe', () => {
    const { receiver, asked, frames, clock } = setUp();
    for (let sequenceNumber = 1; sequenceNumber <= 31; sequenceNumber += 1) {
      receiver.push(...vp8(sequenceNumber, INTER_FRAME));
      clock.advance(50);
    }
    expect(asked.keyframes).toBe(4);
    expect(frames).toEqual([]);
    expect(receiver.stats.framesDropped).toBe(31);
  });

  it('gives a lost packet up at its deadline without another packet, asks, and drops to the next keyframe', () => {
    const { receiver, asked, frames, clock } = setUp();
    receiver.push(...vp8(1, KEYFRAME));
    clock.advance(1_000);
    receiver.push(...vp8(3, INTER_FRAME));
    expect(asked.keyframes).toBe(1);
    clock.advance(200);
    expect(asked.keyframes).toBe(2);
    expect(receiver.stats.packetsLost).toBe(1);
    receiver.push(...vp8(4, INTER_FRAME));
    receiver.push(...vp8(5, KEYFRAME));
    expect(frames.map(({ rtpTimestamp90k }) => rtpTimestamp90k)).toEqual([3_000, 15_000]);
  });

  it('puts packets into order and drops duplicates', () => {
    const { receiver, frames } = setUp();
    receiver.push(...vp8(1, KEYFRAME));
    receiver.push(...vp8(3, INTER_FRAME));
    receiver.push(...vp8(2, INTER_FRAME));
    receiver.push(...vp8(2, INTER_FRAME));
    expect(frames.map(({ rtpTimestamp90k }) => rtpTimestamp90k)).toEqual([3_000, 6_000, 9_000]);
    expect(receiver.stats).toMatchObject({ packetsLost: 0, packetsDuplicate: 1 });
  });

  it('follows a change of codec and back without taking it for a loss, and drops what comes late', () => {
    const { receiver, frames, asked } = setUp();
    receiver.push(...vp8(1, KEYFRAME));
    receiver.push(...h264(3));
    receiver.push(...vp8(2, INTER_FRAME));
    receiver.push(...h264(4));
    receiver.push(...vp8(5, KEYFRAME));
    expect(frames.map(({ accessUnit }) => accessUnit.codec)).toEqual(['vp8', 'h264', 'h264', 'vp8']);
    expect(receiver.stats).toMatchObject({ packetsLost: 0, packetsLate: 1, frames: 4, packets: 5 });
    expect(asked.keyframes).toBe(1);
  });

  it('lets time go on rising past 2^32, across a change of codec too', () => {
    const { receiver, frames } = setUp();
    receiver.push(...vp8(1, KEYFRAME, 2 ** 32 - 100));
    receiver.push('h264', { sequenceNumber: 2, timestamp: 2_900, marker: true, payload: IDR });
    expect(frames.map(({ rtpTimestamp90k }) => rtpTimestamp90k)).toEqual([2 ** 32 - 100, 2 ** 32 + 2_900]);
    expect(frames[1]?.accessUnit.pts90k).toBe(2 ** 32 + 2_900);
  });

  it('advises a bitrate at the first packet and every second in which something came', () => {
    const { receiver, asked, clock } = setUp();
    clock.advance(3_000);
    expect(asked.bitrates).toEqual([]);
    receiver.push(...vp8(1, KEYFRAME));
    clock.advance(500);
    receiver.push(...vp8(2, INTER_FRAME));
    clock.advance(5_000);
    expect(asked.bitrates).toEqual([4_000_000, 4_000_000]);
  });

  it('asks for the decoder, within the limit, but not before anything came', () => {
    const { receiver, asked, clock } = setUp();
    receiver.requestKeyframe();
    expect(asked.keyframes).toBe(0);
    receiver.push(...vp8(1, KEYFRAME));
    receiver.requestKeyframe();
    expect(asked.keyframes).toBe(1);
    clock.advance(500);
    receiver.requestKeyframe();
    expect(asked.keyframes).toBe(2);
  });

  it('goes on when the receiver of frames throws, and says so', () => {
    const { receiver, frames, faults } = setUp(() => {
      throw new Error('no');
    });
    receiver.push(...vp8(1, KEYFRAME));
    receiver.push(...vp8(2, INTER_FRAME));
    expect(frames).toHaveLength(2);
    expect(faults).toEqual([new Error('no'), new Error('no')]);
  });

  it('does nothing once closed and leaves no timer', () => {
    const { receiver, frames, clock } = setUp();
    receiver.push(...vp8(1, KEYFRAME));
    receiver.push(...vp8(3, INTER_FRAME));
    receiver.close();
    receiver.push(...vp8(2, INTER_FRAME));
    receiver.requestKeyframe();
    expect(frames).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
