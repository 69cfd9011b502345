/**
 * The one door to WebRTC: a connection with at most one video line and any number of data channels, used once. Only
 * this folder knows which library does the work.
 */
import type { Clock } from '../clock';
import type { SessionError } from '../errors';
import type { VideoCodec } from '../media/video';
import type { RtpPacket } from '../rtp/packet';
import type { AddressRules } from './local-addresses';
import type { TurnTls } from './stream-transport';
import type { PortRange } from './udp-transport';
import { WeriftPeer } from './werift-peer';

/** An ICE server as browsers write it. The first `stun:` URL and up to four `turn:` and `turns:` URLs are used. */
export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

/** Which ways a connection may take. */
export interface IceRules extends AddressRules {
  /** `relay`: only over TURN servers; the own addresses are not even told. Default `all`. */
  policy?: 'all' | 'relay';
  /** Local UDP ports, also towards TURN servers. Left out: the system chooses. */
  ports?: PortRange;
  /** For `turns:` servers. */
  tls?: TurnTls;
}

/** What to connect, and whom to tell. */
export interface PeerOptions {
  role: 'offerer' | 'answerer';
  /**
   * Direction of the video line, seen from here. An offerer offers exactly this; an answerer answers what of it the
   * offer allows (`none` declines video). An offerer without video needs channels.
   */
  video: 'sendrecv' | 'sendonly' | 'recvonly' | 'none';
  /** In order of preference, which an answerer ignores in favour of the offer's order. Default VP8, H.264. */
  codecs?: VideoCodec[];
  /** Offerer: labels of the channels to open, ordered and reliable. An answerer takes the channels it is given. */
  channels?: string[];
  /** Default none: no STUN server is asked. */
  iceServers?: IceServer[];
  ice?: IceRules;
  /** Stay on 127.0.0.1; `iceServers` and `ice` are ignored. */
  loopbackOnly?: boolean;
  /** From the answer to a connection. Default 20,000. */
  connectTimeoutMs?: number;
  /** A connection from which no packet of any kind comes for so long is lost. Default 16,000. */
  silenceTimeoutMs?: number;
  clock: Clock;
  events: PeerEvents;
}

/** None is called after `close()`; none but `onFault` after `onLost`. A handler may throw: see `onFault`. */
export interface PeerEvents {
  /** Media and data can flow; the channels open right after or right before. At most once. */
  onConnected(): void;
  /** `CONNECT_TIMEOUT` when it never came up, `CONNECTION_LOST` when it broke. Once; then call `close()`. */
  onLost(error: SessionError): void;
  /** In order of arrival: not reordered, duplicates possible. The payload is the receiver's. */
  onRtp(codec: VideoCodec, packet: RtpPacket): void;
  /** The other side cannot decode until it gets a keyframe (PLI or FIR). Not rate-limited. */
  onKeyframeRequest(): void;
  onChannelOpen(label: string): void;
  /** The data is the receiver's. */
  onChannelMessage(label: string, data: Buffer | string): void;
  onChannelClosed(label: string): void;
  /**
   * A handler threw, the other side sent something that broke an assumption, or a TURN server failed; the connection
   * goes on.
   */
  onFault?(thrown: unknown): void;
}

/** The way that a connection has found. No addresses: this is told to flows. */
export interface IcePath {
  /** `host`, `srflx`, `prflx` or `relay` (RFC 8445 §5.1.1). */
  local: string;
  remote: string;
  /** Of a relay: how its TURN server is reached. */
  protocol: 'udp' | 'tcp' | 'tls';
}

/** A connection. Methods that make descriptions reject with `SESSION_CLOSED` after `close()`. */
export interface Peer {
  /**
   * Offerer, once: the complete offer, after all candidates are known. Rejects with `TURN_FAILED` or
   * `NO_LOCAL_ADDRESS` when the rules of `ice` leave no candidate. `iceServers` take the place of those of the options.
   */
  createOffer(iceServers?: readonly IceServer[]): Promise<string>;
  /** Offerer, after `createOffer`. Rejects with `SERVER_ANSWER_INVALID`. */
  acceptAnswer(sdp: string): Promise<void>;
  /** Answerer, once: the complete answer. Rejects with `INVALID_OPTION` when the offer is malformed. */
  acceptOffer(sdp: string): Promise<string>;
  /**
   * Sends one packet at once, in the format negotiated for `codec`. False, and nothing sent, while not connected or
   * when that codec was not negotiated for sending. The payload must not change afterwards (it may be sent again).
   */
  sendRtp(codec: VideoCodec, packet: RtpPacket): boolean;
  /** What may be sent, in the order of the offer; empty before the answer or when video only comes in. */
  readonly negotiatedSendCodecs: readonly VideoCodec[];
  /** Null before there is one. */
  readonly path: IcePath | null;
  /** Of the newest connectivity check that was answered (one every 4 to 6 s); null before the first. */
  readonly roundTripMs: number | null;
  /** Asks the other side for a keyframe (PLI); no effect before its first packet is known. */
  requestKeyframe(): void;
  /** Tells the other side how much it may send (REMB); no effect while not connected. */
  sendRemb(bitrateBps: number): void;
  /** False, and nothing sent, when the channel is not open or the message is empty, over 64 KiB, or one too many
   * (16 MiB wait). */
  send(label: string, data: Buffer | string): boolean;
  /** Bytes of that channel waiting for their first transmission; 0 for an unknown channel. */
  bufferedBytes(label: string): number;
  /** Says goodbye and frees everything: in any state, bounded (about 3 s), idempotent, never rejects. */
  close(): Promise<void>;
}

/** A connection that does nothing yet. Throws `INVALID_OPTION` when there would be nothing or no way to connect. */
export function createPeer(options: PeerOptions): Peer {
  return new WeriftPeer(options);
}
