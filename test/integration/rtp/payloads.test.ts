import { describe, expect, it } from 'vitest';
import { H264Depacketizer } from '../../../src/rtp/h264-depacketizer';
import { packetizeH264 } from '../../../src/rtp/h264-packetizer';
import { Vp8Depacketizer } from '../../../src/rtp/vp8-depacketizer';
import { parseVp8FrameHeader } from '../../../src/rtp/vp8-frame-header';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { seededRandom } from '../../unit/channel/random';
import { packetsOf } from '../../unit/rtp/packets';
import { clip } from '../container/run-ffmpeg';
import { h264FramesOf, vp8Frames } from './encoded-frames';

describe('H.264 payloads', () => {
  it('carries a real clip unchanged at any packet size', (context) => {
    const frames = h264FramesOf(clip(context, 'pedestrians.mp4'), 60);
    const random = seededRandom(42);
    const depacketizer = new H264Depacketizer();
    frames.forEach(({ data, keyframe }, index) => {
      const maxPayloadBytes = 3 + Math.floor(random() * 1400);
      const payloads = packetizeH264(data, { maxPayloadBytes });
      expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(maxPayloadBytes);
      const packets = packetsOf(payloads, { sequenceNumber: 0, timestamp: index * 9000 });
      const before = Buffer.concat(payloads);
      const out = packets.flatMap((each) => depacketizer.push(each));
      expect(out.map((frame) => [frame.data.equals(data), frame.keyframe])).toEqual([[true, keyframe]]);
      expect(Buffer.concat(payloads).equals(before)).toBe(true);
    });
    expect(frames.filter(({ keyframe }) => keyframe)).toHaveLength(3);
  });
});

describe('VP8 payloads', () => {
  it('carries real frames unchanged at any packet size', () => {
    const frames = vp8Frames();
    const random = seededRandom(42);
    const depacketizer = new Vp8Depacketizer();
    frames.forEach(({ data, keyframe }, index) => {
      const maxPayloadBytes = 5 + Math.floor(random() * 1200);
      const payloads = packetizeVp8(data, { maxPayloadBytes, pictureId: index });
      expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(maxPayloadBytes);
      const packets = packetsOf(payloads, { sequenceNumber: 0, timestamp: index * 3000 });
      const before = Buffer.concat(payloads);
      const out = packets.flatMap((each) => depacketizer.push(each));
      expect(out.map((frame) => [frame.data.equals(data), frame.keyframe])).toEqual([[true, keyframe]]);
      expect(Buffer.concat(payloads).equals(before)).toBe(true);
    });
    expect(frames.filter(({ keyframe }) => keyframe)).toHaveLength(3);
  });
});

describe('parseVp8FrameHeader', () => {
  it('agrees with the encoder about real frames', () => {
    for (const { data, keyframe } of vp8Frames()) {
      expect(parseVp8FrameHeader(data)).toEqual(
        keyframe ? { keyframe, showFrame: true, width: 192, height: 144 } : { keyframe, showFrame: true },
      );
    }
  });
});
