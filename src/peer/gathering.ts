/**
 * Applying a local description and waiting, for a limited time, until all ICE candidates are in it. The protocol knows
 * no later candidates (protocol.md 0).
 */
import type { RTCDtlsTransport, RTCPeerConnection } from 'werift';
import type { Clock } from '../clock';
import { addCandidates } from './session-description';
import { closeSockets, widenReceiveBuffers } from './werift-internals';

/** A STUN or TURN server that does not answer holds gathering up; go on with the candidates there are. */
const GATHERING_LIMIT_MS = 8_000;

/** The gathering of one connection. */
export class Gathering {
  readonly #pc: RTCPeerConnection;
  readonly #clock: Clock;
  #running: Promise<unknown> | undefined;

  constructor(pc: RTCPeerConnection, clock: Clock) {
    this.#pc = pc;
    this.#clock = clock;
  }

  /** The local description with every candidate found in time. Rejects when werift refuses the description. */
  async describe(dtls: RTCDtlsTransport, description: { type: 'offer' | 'answer'; sdp: string }): Promise<string> {
    const applying = this.#pc.setLocalDescription(description);
    this.#running = applying;
    const done = applying.then(() => {
      this.#running = undefined;
      return [];
    });
    let cancel: () => void = () => undefined;
    const limit = new Promise<string[]>((resolve) => {
      cancel = this.#clock.after(GATHERING_LIMIT_MS, () => resolve(candidatesOf(dtls)));
    });
    try {
      const missing = await Promise.race([done, limit]);
      widenReceiveBuffers(dtls);
      return addCandidates(this.#pc.localDescription?.sdp ?? '', missing);
    } finally {
      cancel();
    }
  }

  /** After `pc.close()`: frees the sockets that a gathering still under way goes on to open. */
  async abandon(dtls: RTCDtlsTransport): Promise<void> {
    if (this.#running === undefined) return;
    await this.#running.catch(() => undefined);
    await closeSockets(dtls);
  }
}

function candidatesOf(dtls: RTCDtlsTransport): string[] {
  return dtls.iceTransport.localCandidates.map((candidate) => candidate.toJSON().candidate);
}
