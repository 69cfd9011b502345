/**
 * The data channels of one connection, by label; of several with one label the newest counts (protocol.md D). Refuses
 * messages that cannot be sent instead of queueing them for ever, as werift does.
 */
import type { RTCDataChannel } from 'werift';
import { guard } from '../guard';
import type { PeerEvents } from './peer';
import { queuedBytes } from './werift-internals';

/** What both sides announce as `max-message-size`. */
const MAX_MESSAGE_BYTES = 65_536;
/** A sender that ignores `bufferedBytes` is stopped here. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** The protocol needs two; more than this is a mistake or an attack. */
const MAX_CHANNELS = 16;

/** What the channels tell. */
export type ChannelEvents = Pick<PeerEvents, 'onChannelOpen' | 'onChannelMessage' | 'onChannelClosed'>;

/** See the file header. */
export class DataChannels {
  readonly #channels = new Map<string, RTCDataChannel>();
  readonly #events: ChannelEvents;
  readonly #report: (thrown: unknown) => void;

  constructor(options: { events: ChannelEvents; report: (thrown: unknown) => void }) {
    this.#events = options.events;
    this.#report = options.report;
  }

  /** Takes charge of a channel, made here or by the other side. */
  adopt(channel: RTCDataChannel): void {
    const { label } = channel;
    if (this.#channels.size >= MAX_CHANNELS && !this.#channels.has(label)) {
      channel.close();
      return;
    }
    this.#channels.set(label, channel);
    channel.stateChanged.subscribe(guard(this.#report, (state) => this.#stateChanged(channel, state)));
    // Without the guard a throw would become an unhandled rejection (field-notes.md 3).
    channel.onMessage.subscribe(guard(this.#report, (data) => this.#events.onChannelMessage(label, data)));
  }

  /** See `Peer.send`. */
  send(label: string, data: Buffer | string): boolean {
    const channel = this.#channels.get(label);
    if (channel?.readyState !== 'open') return false;
    const bytes = Buffer.byteLength(data);
    const limit = Math.min(MAX_MESSAGE_BYTES, channel.sctp.remoteMaxMessageSize || MAX_MESSAGE_BYTES);
    if (bytes === 0 || bytes > limit || this.bufferedBytes(label) + bytes > MAX_QUEUED_BYTES) return false;
    channel.send(data);
    return true;
  }

  /** See `Peer.bufferedBytes`. */
  bufferedBytes(label: string): number {
    const channel = this.#channels.get(label);
    if (channel?.id === undefined) return 0;
    return queuedBytes(channel.sctp, channel.id);
  }

  #stateChanged(channel: RTCDataChannel, state: RTCDataChannel['readyState']): void {
    const { label } = channel;
    if (this.#channels.get(label) !== channel) return;
    if (state === 'open') this.#events.onChannelOpen(label);
    if (state !== 'closed') return;
    this.#channels.delete(label);
    this.#events.onChannelClosed(label);
  }
}
