/**
 * The video line of one connection: RTP packets out in a codec chosen for each packet, RTP packets in, keyframe
 * requests both ways, REMB. It keeps no queue and no order: see `transport/`.
 */
import type {
  RTCDtlsTransport,
  RTCRtpCodecParameters,
  RTCRtpTransceiver,
  RtcpPacket,
  RtcpPayloadSpecificFeedback,
  RtpPacket as WeriftRtpPacket,
} from 'werift';
import { guard } from '../guard';
import type { VideoCodec } from '../media/video';
import type { RtpPacket } from '../rtp/packet';
import { videoCodecOf } from './connection-config';
import type { PeerEvents } from './peer';
import { werift } from './werift';
import { unstickNack } from './werift-internals';

/** draft-alvestrand-rmcat-remb: bitrate = mantissa (18 bits) << exponent (6 bits). */
const REMB_MANTISSA_LIMIT = 0x3ffff;

/** What the line needs and tells. */
export interface VideoLineOptions {
  transceiver: RTCRtpTransceiver;
  dtls: RTCDtlsTransport;
  events: Pick<PeerEvents, 'onRtp' | 'onKeyframeRequest'>;
  report: (thrown: unknown) => void;
}

/** See the file header. */
export class VideoLine {
  readonly #transceiver: RTCRtpTransceiver;
  readonly #dtls: RTCDtlsTransport;
  readonly #events: VideoLineOptions['events'];
  readonly #report: (thrown: unknown) => void;
  #sending = new Map<VideoCodec, RTCRtpCodecParameters>();
  #receiving = new Map<number, VideoCodec>();
  #remoteSsrc: number | undefined;

  constructor(options: VideoLineOptions) {
    this.#transceiver = options.transceiver;
    this.#dtls = options.dtls;
    this.#events = options.events;
    this.#report = options.report;
    // Straight from the transport: werift's router loses PLIs of a sendrecv line (field-notes.md 3) and, for a sender
    // that announced no SSRC, everything.
    this.#dtls.onRtp.subscribe(guard(this.#report, (packet) => this.#receiveRtp(packet)));
    this.#dtls.onRtcp.subscribe(guard(this.#report, (packet) => this.#receiveRtcp(packet)));
  }

  /** Reads what was agreed; call after both descriptions are set. */
  negotiated(): void {
    const direction = this.#transceiver.currentDirection;
    const formats = this.#transceiver.codecs.flatMap((format) => {
      const codec = videoCodecOf(format);
      return codec === undefined ? [] : [{ codec, format }];
    });
    this.#sending = new Map();
    if (direction === 'sendrecv' || direction === 'sendonly') {
      // Of several profiles of one codec the first counts.
      for (const { codec, format } of formats) if (!this.#sending.has(codec)) this.#sending.set(codec, format);
    }
    const receives = direction === 'sendrecv' || direction === 'recvonly';
    this.#receiving = new Map(receives ? formats.map(({ codec, format }) => [format.payloadType, codec]) : []);
    this.#remoteSsrc = this.#transceiver.receiver.tracks[0]?.ssrc;
  }

  get sendCodecs(): readonly VideoCodec[] {
    return [...this.#sending.keys()];
  }

  /** See `Peer.sendRtp`. */
  send(codec: VideoCodec, packet: RtpPacket): boolean {
    const format = this.#sending.get(codec);
    if (format === undefined || this.#dtls.state !== 'connected') return false;
    const { sequenceNumber, timestamp, marker } = packet;
    const { sender } = this.#transceiver;
    // werift writes the payload type of this field; it keeps the packet for NACK, hence a new one each time.
    sender.codec = format;
    const { RtpHeader, RtpPacket: Packet } = werift();
    const header = new RtpHeader({ sequenceNumber, timestamp, marker });
    sender.sendRtp(new Packet(header, packet.payload)).catch(this.#report);
    return true;
  }

  /** See `Peer.requestKeyframe`. */
  requestKeyframe(): void {
    if (this.#remoteSsrc === undefined) return;
    const { rtcpSsrc: senderSsrc } = this.#transceiver.receiver;
    this.#feedback(new (werift().PictureLossIndication)({ senderSsrc, mediaSsrc: this.#remoteSsrc }));
  }

  /** See `Peer.sendRemb`. */
  sendRemb(bitrateBps: number): void {
    if (this.#remoteSsrc === undefined) return;
    let brExp = 0;
    let brMantissa = Math.max(0, Math.floor(bitrateBps));
    for (; brMantissa > REMB_MANTISSA_LIMIT; brExp += 1) brMantissa = Math.floor(brMantissa / 2);
    const { rtcpSsrc: senderSsrc } = this.#transceiver.receiver;
    const ssrcFeedbacks = [this.#remoteSsrc];
    this.#feedback(
      new (werift().ReceiverEstimatedMaxBitrate)({
        senderSsrc,
        mediaSsrc: 0,
        ssrcNum: 1,
        ssrcFeedbacks,
        brExp,
        brMantissa,
      }),
    );
  }

  #feedback(feedback: RtcpPayloadSpecificFeedback['feedback']): void {
    // Before SRTP is up sending throws.
    if (this.#dtls.state !== 'connected') return;
    this.#dtls.sendRtcp([new (werift().RtcpPayloadSpecificFeedback)({ feedback })]).catch(this.#report);
  }

  #receiveRtp(packet: WeriftRtpPacket): void {
    const { payloadType, sequenceNumber, timestamp, marker, ssrc } = packet.header;
    const codec = this.#receiving.get(payloadType);
    if (codec === undefined) return;
    this.#remoteSsrc = ssrc;
    unstickNack(this.#transceiver.receiver, sequenceNumber);
    this.#events.onRtp(codec, { sequenceNumber, timestamp, marker, payload: packet.payload });
  }

  #receiveRtcp(packet: RtcpPacket): void {
    const { PictureLossIndication, RtcpPayloadSpecificFeedback } = werift();
    if (!(packet instanceof RtcpPayloadSpecificFeedback)) return;
    const { feedback } = packet;
    const { ssrc } = this.#transceiver.sender;
    const wanted =
      (feedback instanceof PictureLossIndication && feedback.mediaSsrc === ssrc) ||
      ('fir' in feedback && feedback.fir.some((entry) => entry.ssrc === ssrc));
    if (wanted) this.#events.onKeyframeRequest();
  }
}
