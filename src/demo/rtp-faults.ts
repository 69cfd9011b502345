/** The RTP faults of the demo server: packets in, those that leave out. Counts pictures by their timestamps. */
import type { VideoCodec } from '../media/video';
import type { Peer } from '../peer/peer';
import type { RtpPacket } from '../rtp/packet';
import type { DemoFaults } from './faults';

/** A packet kept back is overtaken by so many. */
const OVERTAKEN_BY = 2;

/** Stands between a sender and its peer; what is lost here looks sent to the sender. */
export class RtpFaults implements Pick<Peer, 'sendRtp'> {
  readonly #peer: Pick<Peer, 'sendRtp'>;
  readonly #faults: () => DemoFaults;
  #pictures = 0;
  #packets = 0;
  #timestamp: number | undefined;
  /** At most one packet that comes too late. */
  #late: { codec: VideoCodec; packet: RtpPacket; overtaken: number } | undefined;

  constructor(peer: Pick<Peer, 'sendRtp'>, faults: () => DemoFaults) {
    this.#peer = peer;
    this.#faults = faults;
  }

  sendRtp(codec: VideoCodec, packet: RtpPacket): boolean {
    if (packet.timestamp !== this.#timestamp) this.#pictures += 1;
    this.#timestamp = packet.timestamp;
    this.#packets += 1;
    if (this.#isLost()) return true;
    if (this.#late === undefined && this.#isDue(this.#faults().delayRtpEvery)) {
      this.#late = { codec, packet, overtaken: 0 };
      return true;
    }
    const sent = this.#peer.sendRtp(codec, packet);
    this.#sendLate();
    return sent;
  }

  #isLost(): boolean {
    const { stallRtpAfter = Infinity, dropFirstRtpFrames = 0, loseRtpEvery } = this.#faults();
    return this.#pictures > stallRtpAfter || this.#pictures <= dropFirstRtpFrames || this.#isDue(loseRtpEvery);
  }

  #isDue(every: number | undefined): boolean {
    return every !== undefined && every > 0 && this.#packets % every === 0;
  }

  #sendLate(): void {
    if (this.#late === undefined) return;
    this.#late.overtaken += 1;
    if (this.#late.overtaken < OVERTAKEN_BY) return;
    const { codec, packet } = this.#late;
    this.#late = undefined;
    this.#peer.sendRtp(codec, packet);
  }
}

/** What the faults add to the timestamp of the `index`th picture (from 0), in 90 kHz ticks. */
export function timestampFault(faults: DemoFaults, index: number): number {
  const { rtpTimestampOffset = 0, rtpTimestampJitter = false } = faults;
  return rtpTimestampOffset - (rtpTimestampJitter && index % 3 === 2 ? 1 : 0);
}
