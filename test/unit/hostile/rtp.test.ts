import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VideoCodec } from '../../../src/media/video';
import { FrameAssembler } from '../../../src/rtp/frame-assembler';
import { joinAnnexB, parseAvcc, splitAnnexB, splitAvcc } from '../../../src/rtp/h264-bitstream';
import { packetizeH264 } from '../../../src/rtp/h264-packetizer';
import { H264ParameterSets } from '../../../src/rtp/h264-parameter-sets';
import { parseSps } from '../../../src/rtp/h264-sps';
import { hiddenVp8Frame } from '../../../src/rtp/hidden-vp8-frame';
import { parseVp8FrameHeader } from '../../../src/rtp/vp8-frame-header';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { bytes, damagedBytes, u32 } from './hostile-inputs';
import { holds, refusesWith } from './holds';

const MAX_FRAME_BYTES = 20_000;
const sps = Buffer.from('6742c01fda0280f684000003000400000300c83c60ca80', 'hex');
const pps = Buffer.from('68ce0fc8', 'hex');
const idr = Buffer.concat([Buffer.from([0x65, 0x88]), Buffer.alloc(2_000, 0x55)]);
const accessUnit = joinAnnexB([sps, pps, idr]);
const vp8Keyframe = Buffer.concat([Buffer.from('5002009d012a40011e00', 'hex'), Buffer.alloc(3_000, 0x11)]);
const payloads: Record<VideoCodec, Buffer[]> = {
  h264: packetizeH264(accessUnit, { maxPayloadBytes: 900 }),
  vp8: packetizeVp8(vp8Keyframe, { maxPayloadBytes: 900, pictureId: 9 }),
};

const packets = (codec: VideoCodec) =>
  fc.array(
    fc.record({
      sequenceNumber: fc.oneof(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 65_520, max: 65_535 }),
        fc.nat(65_535),
      ),
      timestamp: fc.oneof(fc.constantFrom(0, 3_000, 0xffff_f000), u32),
      marker: fc.boolean(),
      payload: fc.oneof(damagedBytes(payloads[codec]), fc.constantFrom(...payloads[codec]), bytes(1_400)),
      elapsedMs: fc.integer({ min: 0, max: 200 }),
    }),
    { maxLength: 80 },
  );

describe.each(['vp8', 'h264'] as const)('received packets of %s', (codec) => {
  it('of any content and order become frames within the limits, or nothing', () =>
    holds(
      fc.property(packets(codec), (list) => {
        const assembler = new FrameAssembler({ codec, maxFrameBytes: MAX_FRAME_BYTES });
        let nowMs = 0;
        let delivered = 0;
        for (const { elapsedMs, ...packet } of list) {
          nowMs += elapsedMs;
          const before = Buffer.from(packet.payload);
          const events = refusesWith([], () => [...assembler.push(packet, nowMs), ...assembler.expire(nowMs)]) ?? [];
          for (const event of events) {
            if (event.kind !== 'frame') continue;
            delivered += 1;
            // Parameter sets are repeated in front of a keyframe and may double its size.
            expect(event.accessUnit.data.length).toBeLessThan(MAX_FRAME_BYTES * 3);
            expect(Number.isSafeInteger(event.accessUnit.pts90k)).toBe(true);
            if (delivered === 1) expect(event.accessUnit.keyframe).toBe(true);
          }
          expect(before.equals(packet.payload)).toBe(true);
        }
      }),
    ));
});

describe('H.264 streams', () => {
  const anything = fc.oneof(bytes(), damagedBytes([accessUnit, sps, pps, idr]));

  it('of any bytes are cut into NAL units that are all there was, or less', () =>
    holds(
      fc.property(anything, fc.integer({ min: 1, max: 4 }), (data, lengthSize) => {
        const nalus = splitAnnexB(data);
        expect(nalus.reduce((sum, nalu) => sum + nalu.length, 0)).toBeLessThanOrEqual(data.length);
        const prefixed = splitAvcc(data, lengthSize);
        expect(prefixed.reduce((sum, nalu) => sum + lengthSize + nalu.length, 0)).toBeLessThanOrEqual(data.length);
        const complete = new H264ParameterSets().complete(nalus);
        expect(complete.length).toBeGreaterThanOrEqual(nalus.length);
        for (const payload of packetizeH264(data, { maxPayloadBytes: 900 }))
          expect(payload.length).toBeLessThanOrEqual(900);
      }),
    ));

  it('with any parameter sets are described with sizes that exist, or not at all', () =>
    holds(
      fc.property(fc.oneof(damagedBytes([sps], 20), bytes(300)), (data) => {
        const found = refusesWith([], () => parseSps(data));
        if (found !== undefined) {
          expect(found.width).toBeGreaterThan(0);
          expect(found.width).toBeLessThanOrEqual(16_384);
          expect(found.height).toBeGreaterThan(0);
          expect(found.height).toBeLessThanOrEqual(32_768);
        }
        const record = Buffer.concat([Buffer.from([1, 66, 192, 31, 0xff, 0xe1]), data]);
        expect(parseAvcc(record)?.lengthSize ?? 4).toBeLessThanOrEqual(4);
      }),
    ));
});

describe('VP8 frames', () => {
  it('of any bytes have a header or none', () =>
    holds(
      fc.property(fc.oneof(bytes(100), damagedBytes([vp8Keyframe, hiddenVp8Frame(320, 240)])), (data) => {
        const header = parseVp8FrameHeader(data);
        if (header?.keyframe === true) expect(header.width).toBeLessThan(16_384);
        for (const payload of packetizeVp8(data, { maxPayloadBytes: 50, pictureId: 1 })) {
          expect(payload.length).toBeLessThanOrEqual(50);
        }
      }),
    ));
});
