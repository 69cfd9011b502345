/** The events of the lines and channels of a connection, let through while it is up. Throws pass to the caller. */
import type { PeerEvents } from './peer';

/** What video lines and data channels tell. */
export type LineEvents = Pick<
  PeerEvents,
  'onRtp' | 'onKeyframeRequest' | 'onChannelOpen' | 'onChannelMessage' | 'onChannelClosed'
>;

/** `events`, of which none is called unless `isUp()`. */
export function gateEvents(events: LineEvents, isUp: () => boolean): LineEvents {
  return {
    onRtp: (codec, packet) => {
      if (isUp()) events.onRtp(codec, packet);
    },
    onKeyframeRequest: () => {
      if (isUp()) events.onKeyframeRequest();
    },
    onChannelOpen: (label) => {
      if (isUp()) events.onChannelOpen(label);
    },
    onChannelMessage: (label, data) => {
      if (isUp()) events.onChannelMessage(label, data);
    },
    onChannelClosed: (label) => {
      if (isUp()) events.onChannelClosed(label);
    },
  };
}
