import { describe, expect, it } from 'vitest';
import { NutDemuxer } from '../../../src/container/nut-demuxer';
import type { NutPacket, NutStream } from '../../../src/container/nut-demuxer';
import { nutHeader, nutPacketHeader } from '../../../src/source/nut-muxer';

const STREAM = { codecTag: 'avc1', width: 768, height: 576, extradata: Buffer.from('0142c01f', 'hex') };

interface Demuxed {
  streams: NutStream[];
  packets: NutPacket[];
}

function demux(bytes: Buffer): Demuxed {
  const found: Demuxed = { streams: [], packets: [] };
  const demuxer = new NutDemuxer({
    onStream: (stream) => found.streams.push(stream),
    onPacket: (packet) => found.packets.push(packet),
  });
  demuxer.push(bytes);
  return found;
}

describe('nutHeader and nutPacketHeader', () => {
  it('write a packet header as nut.txt says', () => {
    const header = nutPacketHeader({ pts90k: 0, keyframe: true, data: Buffer.alloc(300) });
    // Code 0; key, pts, size and checksum are written out; pts 0 + 128; size 300.
    expect(header.subarray(0, -4).toString('hex')).toBe('006981008 22c'.replace(' ', ''));
    expect(header).toHaveLength(10);
  });

  it('are read back as what went in', () => {
    const packets = [
      { pts90k: 900_000, keyframe: true, data: Buffer.alloc(100_000, 1) },
      { pts90k: 909_000, keyframe: false, data: Buffer.alloc(0) },
      { pts90k: 903_000, keyframe: false, data: Buffer.from([1, 2, 3]) },
      { pts90k: 2 ** 40, keyframe: true, data: Buffer.alloc(5, 7) },
    ];
    const bytes = packets.flatMap((packet) => [nutPacketHeader(packet), packet.data]);
    const found = demux(Buffer.concat([nutHeader(STREAM, 900_000), ...bytes]));
    expect(found.streams).toEqual([{ index: 0, ...STREAM, timeBase: { num: 1, den: 90_000 } }]);
    expect(found.packets).toEqual(packets.map((packet) => ({ streamIndex: 0, ...packet })));
  });

  it('carry extradata of any length', () => {
    const extradata = Buffer.alloc(5000, 9);
    expect(demux(nutHeader({ ...STREAM, extradata }, 0)).streams[0]?.extradata).toEqual(extradata);
  });
});
