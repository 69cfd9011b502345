/**
 * What the user tells the server while a session runs: other outputs, frames that are done. What no connection can
 * take yet is kept until one is up; what belongs to an older connection is dropped, for every server counts from 1.
 */
import type { ControlChange } from '../channel/control-message';

/**
 * Batch mode: the server may work so many frames ahead of what the user has handled; with 0 each frame would cost a
 * round trip (protocol.md D.2: the ACK is cumulative and may be ahead).
 */
const ACKNOWLEDGE_AHEAD = 8;
/** A server that keeps to its gate is never so far ahead. */
const MAX_UNUSABLE = 256;

/** The part of a link that is needed; false: it could not be sent. */
export interface ControlLink {
  control(change: ControlChange): boolean;
}

/** See the file header. */
export class ServerControls {
  /** Whether frames are acknowledged at all, and by whom. */
  readonly #acknowledge: 'never' | 'auto' | 'manual';
  #link: ControlLink | undefined;
  #unsent: ControlChange = {};
  /** Of the frames of this link. */
  #newestFrame = 0;
  #doneFrame = 0;
  /** Frames whose message was of no use, while earlier ones are with the user. */
  readonly #unusable = new Set<number>();

  constructor(acknowledge: 'never' | 'auto' | 'manual') {
    this.#acknowledge = acknowledge;
  }

  /** Batch mode: the server waits for the user, so that nothing can be expected of it. */
  get awaitsUser(): boolean {
    return this.#acknowledge !== 'never' && this.#newestFrame > this.#doneFrame;
  }

  /** A new link, whose request holds every change made so far; undefined: there is none. */
  use(link: ControlLink | undefined): void {
    this.#link = link;
    this.#unsent = {};
    this.#newestFrame = 0;
    this.#doneFrame = 0;
    this.#unusable.clear();
  }

  /** A link that has been up for a while: what came over it so far is done with. */
  takeOver(link: ControlLink, newestFrame: number): void {
    this.use(link);
    this.received(newestFrame);
    this.#doneFrame = this.#newestFrame;
    if (this.#acknowledge === 'auto') link.control({ ack: this.#doneFrame + ACKNOWLEDGE_AHEAD });
  }

  /** The link can take messages. */
  linkUp(): void {
    if (Object.keys(this.#unsent).length > 0) this.#link?.control(this.#unsent);
    this.#unsent = {};
  }

  /** The gate of the server is open until the first ACK comes (protocol.md D.2): closes it before results pile up. */
  closeGate(): void {
    if (this.#acknowledge === 'auto') this.#link?.control({ ack: ACKNOWLEDGE_AHEAD });
  }

  /** Asks for other outputs, as soon as the link is up. */
  change(change: Pick<ControlChange, 'streamOutput' | 'dataOutput'>): void {
    if (this.#link?.control(change) !== true) this.#unsent = { ...this.#unsent, ...change };
  }

  /** A message of this frame has come. */
  received(frameId: number): void {
    if (isFrameId(frameId)) this.#newestFrame = Math.max(this.#newestFrame, frameId);
  }

  /** The frame's message was of no use, so that nobody else will acknowledge it. It waits for those before it. */
  unusable(frameId: unknown): void {
    if (typeof frameId !== 'number' || !isFrameId(frameId) || this.#acknowledge !== 'auto') return;
    const isNext = !this.awaitsUser;
    this.received(frameId);
    if (isNext) this.acknowledge(frameId);
    else if (this.#unusable.size < MAX_UNUSABLE) this.#unusable.add(frameId);
  }

  /** The user is done with this frame. Ids that no frame of this link has had are ignored. */
  acknowledge(frameId: number): void {
    if (this.#acknowledge === 'never' || !isFrameId(frameId) || frameId > this.#newestFrame) return;
    this.#doneFrame = Math.max(this.#doneFrame, frameId);
    while (this.#unusable.delete(this.#doneFrame + 1)) this.#doneFrame += 1;
    this.#link?.control({ ack: this.#doneFrame + this.#ahead });
  }

  get #ahead(): number {
    return this.#acknowledge === 'auto' ? ACKNOWLEDGE_AHEAD : 0;
  }
}

/** Hostile servers write anything there; the header of a message has 32 bits for it. */
function isFrameId(frameId: number): boolean {
  return Number.isInteger(frameId) && frameId > 0 && frameId <= 0xffff_ffff;
}
