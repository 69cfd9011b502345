import { NutDemuxer } from '../../../src/container/nut-demuxer';
import type { NutPacket } from '../../../src/container/nut-demuxer';

/** The packets of a NUT file of one stream. */
export function demux(nut: Buffer): { packets: NutPacket[]; extradata: Buffer } {
  const packets: NutPacket[] = [];
  let extradata = Buffer.alloc(0);
  new NutDemuxer({
    onStream: (stream) => (extradata = Buffer.from(stream.extradata)),
    onPacket: (packet) => packets.push(packet),
  }).push(nut);
  return { packets, extradata };
}
