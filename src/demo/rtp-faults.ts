/** The RTP faults of the demo server: packets in, those that leave out. Counts pictures by their timestamps. */
import type { VideoCodec } from '../media/video';
import type { Peer } from '../peer/peer';
import type { RtpPacket } from '../rtp/packet';
import type { DemoFaults } from './faults';

/** Stands between a sender and its peer; what is lost here looks sent to the sender. */
export class RtpFaults implements Pick<Peer, 'sendRtp'> {
  readonly #peer: Pick<Peer, 'sendRtp'>;
  readonly #faults: () => DemoFaults;
  #pictures = 0;
  #timestamp: number | undefined;

  constructor(peer: Pick<Peer, 'sendRtp'>, faults: () => DemoFaults) {
    this.#peer = peer;
    this.#faults = faults;
  }

  sendRtp(codec: VideoCodec, packet: RtpPacket): boolean {
    if (packet.timestamp !== this.#timestamp) this.#pictures += 1;
    this.#timestamp = packet.timestamp;
    const { stallRtpAfter = Infinity, dropFirstRtpFrames = 0 } = this.#faults();
    const isLost = this.#pictures > stallRtpAfter || this.#pictures <= dropFirstRtpFrames;
    return isLost || this.#peer.sendRtp(codec, packet);
  }
}

/** What the faults add to the timestamp of the `index`th picture (from 0), in 90 kHz ticks. */
export function timestampFault(faults: DemoFaults, index: number): number {
  const { rtpTimestampOffset = 0, rtpTimestampJitter = false } = faults;
  return rtpTimestampOffset - (rtpTimestampJitter && index % 3 === 2 ? 1 : 0);
}
