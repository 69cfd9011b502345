import { describe, expect, it } from 'vitest';
import type { AccessUnit, VideoCodec } from '../../../src/media/video';
import { FrameAssembler } from '../../../src/rtp/frame-assembler';
import { H264_END_OF_SEQUENCE } from '../../../src/rtp/h264-bitstream';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import type { RtpPacket } from '../../../src/rtp/packet';
import { VideoSender } from '../../../src/transport/video-sender';
import type { VideoSenderOptions } from '../../../src/transport/video-sender';
import { ManualClock } from './manual-clock';

interface SetUp {
  clock: ManualClock;
  sender: VideoSender;
  sent: { codec: VideoCodec; packet: RtpPacket }[];
  line: { up: boolean };
}

function setUp(options: Partial<VideoSenderOptions> = {}): SetUp {
  const clock = new ManualClock();
  const sent: SetUp['sent'] = [];
  const line = { up: true };
  const peer = {
    sendRtp: (codec: VideoCodec, packet: RtpPacket): boolean => {
      if (line.up) sent.push({ codec, packet });
      return line.up;
    },
  };
  return { clock, sent, line, sender: new VideoSender({ peer, clock, closingPacket: true, ...options }) };
}

/** A VP8 keyframe of 320x240 (RFC 6386 §9.1), or an inter frame. */
function vp8(index: number, options: { keyframe: boolean; bytes?: number }): AccessUnit {
  const data = Buffer.alloc(options.bytes ?? 100, index + 1);
  const header = options.keyframe ? [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00] : [0x11, 0x02, 0x00];
  data.set(header);
  return { codec: 'vp8', data, pts90k: index * 3_000, keyframe: options.keyframe, capturedAtMs: null };
}

function h264(index: number, keyframe = true): AccessUnit {
  const data = Buffer.from([0, 0, 0, 1, keyframe ? 0x65 : 0x41, 0x88, index, 1, 2, 3]);
  return { codec: 'h264', data, pts90k: index * 3_000, keyframe, capturedAtMs: null };
}

describe('VideoSender', () => {
  it('closes each VP8 frame by a hidden frame of its size, one tick later, and gives the rest back unchanged', () => {
    const { sender, sent } = setUp();
    const units = [vp8(0, { keyframe: true }), vp8(1, { keyframe: false }), vp8(2, { keyframe: false })];
    const outcomes = units.map((unit) => sender.send(unit));
    const assembler = new FrameAssembler({ codec: 'vp8' });
    const frames = sent
      .flatMap(({ packet }) => assembler.push(packet, 0))
      .flatMap((event) => (event.kind === 'frame' ? [event] : []));
    const closing = hiddenVp8Frame(320, 240);
    const timestamps = outcomes.map((outcome) => (outcome.kind === 'sent' ? outcome.rtpTimestamp : -1));
    expect(frames.map(({ accessUnit }) => accessUnit.data)).toEqual(units.flatMap(({ data }) => [data, closing]));
    expect(frames.map(({ rtpTimestamp }) => rtpTimestamp)).toEqual(timestamps.flatMap((time) => [time, time + 1]));
    expect(sent.every(({ codec, packet }) => codec === 'vp8' && packet.marker)).toBe(true);
  });

  it('closes each H.264 frame by an end of sequence of two bytes', () => {
    const { sender, sent } = setUp({ ditherTicks: false });
    sender.send(h264(0));
    sender.send(h264(1, false));
    expect(sent.map(({ packet }) => [packet.timestamp, packet.payload.length])).toEqual([
      [0, 6],
      [1, 2],
      [3_000, 6],
      [3_001, 2],
    ]);
    expect(sent[1]?.packet.payload).toEqual(H264_END_OF_SEQUENCE);
    expect(sent.every(({ packet }) => packet.marker)).toBe(true);
  });

  it('leaves the closing packet out when that is asked for', () => {
    const { sender, sent } = setUp({ closingPacket: false });
    sender.send(vp8(0, { keyframe: true }));
    expect(sent).toHaveLength(1);
  });

  it('numbers packets from below 32768 without a gap, also across frames that were not sent', () => {
    const { sender, sent, line } = setUp();
    line.up = false;
    expect(sender.send(vp8(0, { keyframe: true })).kind).toBe('not-connected');
    line.up = true;
    sender.send(vp8(1, { keyframe: true, bytes: 5_000 }));
    sender.send(vp8(2, { keyframe: false }));
    expect(sent.map(({ packet }) => packet.sequenceNumber)).toEqual(sent.map((_, index) => index + 1));
  });

  it('keeps every payload within the smallest path and marks only the last packet of a frame', () => {
    const { sender, sent, clock } = setUp();
    sender.send(vp8(0, { keyframe: true, bytes: 60_000 }));
    clock.advance(20);
    expect(Math.max(...sent.map(({ packet }) => packet.payload.length))).toBeLessThanOrEqual(1_184);
    const frame = sent.slice(0, -1);
    expect(frame.map(({ packet }) => packet.marker)).toEqual(frame.map((_, index) => index === frame.length - 1));
  });

  it('starts at a keyframe', () => {
    const { sender, sent } = setUp();
    expect(sender.send(vp8(0, { keyframe: false }))).toEqual({ kind: 'awaiting-keyframe' });
    expect(sent).toEqual([]);
    expect(sender.send(vp8(1, { keyframe: true })).kind).toBe('sent');
    expect(sender.stats).toMatchObject({ frames: 1, framesAwaitingKeyframe: 1 });
  });

  it('changes the codec at a keyframe only', () => {
    const { sender, sent } = setUp();
    const units = [h264(0), vp8(1, { keyframe: false }), h264(2, false), vp8(3, { keyframe: true })];
    expect(units.map((unit) => sender.send(unit).kind)).toEqual([
      'sent',
      'awaiting-keyframe',
      'awaiting-keyframe',
      'sent',
    ]);
    expect(sent.map(({ codec }) => codec)).toEqual(['h264', 'h264', 'vp8', 'vp8']);
  });

  it('refuses a frame of 120 packets, sends nothing of it, and waits for a keyframe that fits', () => {
    const { sender, sent, clock } = setUp();
    expect(sender.send(vp8(0, { keyframe: true, bytes: 141_000 }))).toEqual({ kind: 'too-large', packets: 120 });
    clock.advance(100);
    expect(sent).toEqual([]);
    expect(sender.send(vp8(1, { keyframe: false })).kind).toBe('awaiting-keyframe');
    expect(sender.send(vp8(2, { keyframe: true, bytes: 140_000 }))).toMatchObject({ kind: 'sent', packets: 120 });
    expect(sender.stats).toMatchObject({ frames: 1, framesTooLarge: 1 });
  });

  it('drops the rest of a frame and waits for a keyframe when the connection breaks in its middle', () => {
    const { sender, sent, clock, line } = setUp();
    sender.send(vp8(0, { keyframe: true, bytes: 60_000 }));
    line.up = false;
    clock.advance(5);
    line.up = true;
    clock.advance(100);
    expect(sent).toHaveLength(16);
    expect(sender.send(vp8(1, { keyframe: false })).kind).toBe('awaiting-keyframe');
  });

  it('tells of a unit without a picture', () => {
    const { sender } = setUp();
    const delimiter = { ...h264(0), data: Buffer.from([0, 0, 0, 1, 0x0a, 0x00]) };
    expect(sender.send(delimiter)).toEqual({ kind: 'empty' });
  });

  it('puts times beyond 32 bits on the wire modulo 2^32 and tells them whole', () => {
    const { sender, sent } = setUp({ ditherTicks: false });
    const pts90k = 2 ** 32 + 5;
    expect(sender.send({ ...vp8(0, { keyframe: true }), pts90k })).toMatchObject({ rtpTimestamp: pts90k });
    expect(sent.map(({ packet }) => packet.timestamp)).toEqual([5, 6]);
  });

  it('sends nothing any more once closed, not even what waits', () => {
    const { sender, sent, clock } = setUp();
    sender.send(vp8(0, { keyframe: true, bytes: 60_000 }));
    sender.close();
    clock.advance(100);
    expect(sent).toHaveLength(16);
    expect(sender.send(vp8(1, { keyframe: true }))).toEqual({ kind: 'not-connected' });
    expect(clock.pending).toBe(0);
  });
});
