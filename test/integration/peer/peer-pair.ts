/** Two real peers on 127.0.0.1 that talk over real UDP, and a record of what each of them was told. */
import { beforeAll } from 'vitest';
import { systemClock } from '../../../src/clock';
import type { SessionError } from '../../../src/errors';
import type { VideoCodec } from '../../../src/media/video';
import { createPeer } from '../../../src/peer/peer';
import type { Peer, PeerEvents, PeerOptions } from '../../../src/peer/peer';
import { loadWerift } from '../../../src/peer/werift';
import type { RtpPacket } from '../../../src/rtp/packet';

beforeAll(loadWerift);

/** One peer and what it was told so far. */
export interface Told {
  peer: Peer;
  connected: number;
  lost: SessionError[];
  faults: unknown[];
  open: string[];
  closed: string[];
  messages: { label: string; data: Buffer | string }[];
  packets: { codec: VideoCodec; packet: RtpPacket }[];
  keyframeRequests: number;
  /** Resolves as soon as `condition` holds; looks after each event. */
  until(condition: (told: Told) => boolean): Promise<void>;
}

/** A peer whose events are written down. `overrides` are called too. */
export function recordedPeer(
  options: Omit<PeerOptions, 'events' | 'clock'> & Partial<Pick<PeerOptions, 'clock'>>,
  overrides: Partial<PeerEvents> = {},
): Told {
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...waiting]) look();
  };
  const record: Omit<Told, 'peer'> = {
    connected: 0,
    lost: [],
    faults: [],
    open: [],
    closed: [],
    messages: [],
    packets: [],
    keyframeRequests: 0,
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition(told)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
  /** A handler that writes down, calls the override, and lets those who wait look. */
  const noted =
    <Args extends unknown[]>(note: (...args: Args) => void, override?: (...args: Args) => void) =>
    (...args: Args): void => {
      note(...args);
      try {
        override?.(...args);
      } finally {
        changed();
      }
    };
  const events: PeerEvents = {
    onConnected: noted(() => (record.connected += 1), overrides.onConnected),
    onLost: noted((error) => record.lost.push(error), overrides.onLost),
    onRtp: noted((codec, packet) => record.packets.push({ codec, packet }), overrides.onRtp),
    onKeyframeRequest: noted(() => (record.keyframeRequests += 1), overrides.onKeyframeRequest),
    onChannelOpen: noted((label) => record.open.push(label), overrides.onChannelOpen),
    onChannelMessage: noted((label, data) => record.messages.push({ label, data }), overrides.onChannelMessage),
    onChannelClosed: noted((label) => record.closed.push(label), overrides.onChannelClosed),
    onFault: noted((thrown) => record.faults.push(thrown), overrides.onFault),
  };
  const peer = createPeer({ loopbackOnly: true, clock: systemClock, ...options, events });
  const told: Told = Object.assign(record, { peer });
  return told;
}

/** Offer, answer, both told that they are connected and have `channels` open. */
export async function connect(offerer: Told, answerer: Told, channels: readonly string[] = []): Promise<void> {
  const answer = await answerer.peer.acceptOffer(await offerer.peer.createOffer());
  await offerer.peer.acceptAnswer(answer);
  const isUp = (told: Told): boolean => told.connected === 1 && channels.every((label) => told.open.includes(label));
  await Promise.all([offerer.until(isUp), answerer.until(isUp)]);
}

/** Open UDP sockets of this process. */
export function udpSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;
}
