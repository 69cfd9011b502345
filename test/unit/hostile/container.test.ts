import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ivfFrameHeader, ivfHeader } from '../../../src/container/ivf';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import { nutHeader, nutPacketHeader } from '../../../src/source/nut-muxer';
import { bytes, cuts, damagedBytes, inPieces } from './hostile-inputs';
import { holds, refusesWith } from './holds';

const MAX_PACKET_BYTES = 100_000;

/** A stream of our own muxer, and one of FFmpeg's with elision headers, info and index. */
const streams = [
  Buffer.concat([
    nutHeader({ codecTag: 'avc1', width: 64, height: 48, extradata: Buffer.from('0142c01f', 'hex') }, 90_000),
    ...[0, 1, 2, 3].flatMap((index) => {
      const data = Buffer.alloc(50 * index, index);
      return [nutPacketHeader({ pts90k: 90_000 + 3_000 * index, keyframe: index === 0, data }), data];
    }),
  ]),
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/four-jpegs.nut')),
];

describe('NUT', () => {
  it('of any bytes, cut anywhere, is read within the limits or refused, for good', () =>
    holds(
      fc.property(fc.oneof(damagedBytes(streams, 4), bytes()), cuts, (data, lengths) => {
        let held = 0;
        const demuxer = new NutDemuxer({
          maxPacketBytes: MAX_PACKET_BYTES,
          onStream: ({ extradata }) => (held += extradata.length),
          onPacket: (packet) => {
            expect(packet.data.length).toBeLessThanOrEqual(MAX_PACKET_BYTES);
            expect(Number.isSafeInteger(packet.pts90k)).toBe(true);
          },
        });
        let refused = false;
        for (const piece of inPieces(data, lengths)) {
          if (refused) {
            expect(() => demuxer.push(piece)).toThrow('damaged before');
            break;
          }
          const taken = refusesWith(['FFMPEG_FAILED'], () => {
            demuxer.push(piece);
            return true;
          });
          refused = taken === undefined;
        }
        expect(held).toBeLessThanOrEqual(data.length);
      }),
    ));

  it('gives the same packets however it is cut', () =>
    holds(
      fc.property(fc.constantFrom(...streams), cuts, (data, lengths) => {
        const packets = (pieces: readonly Buffer[]): string[] => {
          const found: string[] = [];
          const onPacket = (packet: { pts90k: number; data: Buffer }) =>
            void found.push(`${packet.pts90k} ${packet.data.toString('hex')}`);
          const demuxer = new NutDemuxer({ onStream: () => undefined, onPacket });
          for (const piece of pieces) demuxer.push(piece);
          return found;
        };
        expect(packets(inPieces(data, lengths))).toEqual(packets([data]));
      }),
      0.2,
    ));
});

describe('IVF, which is only written', () => {
  it('has headers of their size for everything that may stand in them', () =>
    holds(
      fc.property(fc.nat(65_535), fc.nat(65_535), fc.maxSafeInteger(), (width, height, pts90k) => {
        expect(ivfHeader({ fourcc: 'VP80', width, height })).toHaveLength(32);
        const header = ivfFrameHeader(width, pts90k);
        expect(header).toHaveLength(12);
        expect(header.readBigInt64LE(4)).toBe(BigInt(pts90k));
      }),
    ));
});
