/**
 * Who uses a `webrtc-session` node: streams that produce, `on-data` and `on-frame` nodes that listen, in any order of
 * arrival (Node-RED creates and closes nodes as it likes). Computes what each stream must ask the server for and hands
 * events on. Knows nothing of connections.
 */
import { NOT_STARTED } from '../../src/index';
import type { DataEvent, FrameEvent, PhaseEvent } from '../../src/index';
import { badge, combinedBadge } from './badge';
import type { Badge, BadgeFacts, Translate } from './badge';
import type { LiveStateView } from './live-state';
import type { OutputPolicy } from './session-settings';
import { wantedOutputs } from './wanted-outputs';
import type { ListenerWants, WantedOutputs } from './wanted-outputs';
import { pictureId, PREVIEW } from './wanted-pictures';

/** A node that listens. Its callbacks must not throw. */
export interface HubListener {
  /** Only this stream; `''` = all. */
  stream: string;
  wants: ListenerWants;
  /** The server waits until this listener is done with the pictures of a frame. */
  awaited?: boolean;
  /** Where the event is awaited, a promise that comes back settles when the listener is done; it must not reject. */
  onData?(event: DataEvent, stream: string): unknown;
  /** `picture` belongs to this listener alone. */
  onFrame?(event: FrameEvent, stream: string, picture: Buffer): unknown;
  /** A change of what a stream does. */
  onPhase?(event: PhaseEvent, stream: string): void;
  onBadge(badge: Badge): void;
}

/** A stream as its users know it; leave by `leave`. */
export interface HubStream {
  readonly name: string;
  /** What its listeners need at the moment. */
  wanted(): WantedOutputs;
  /** Hands it on; a promise that comes back settles when everybody is done. */
  data(event: DataEvent): unknown;
  frame(event: FrameEvent): unknown;
  /** Whether somebody needs time for pictures. */
  awaitsPictures(): boolean;
  /** Tells the listeners and answers with the stream's own badge. */
  phase(event: PhaseEvent): Badge;
  leave(): void;
}

/** What the hub can ask of a stream. */
export interface StreamHooks {
  /** Have this picture made of the next frame. */
  requestPicture(id: string): void;
  live(): LiveStateView;
  /** A flow has taken something of it. */
  taken?(): void;
}

interface StreamEntry {
  name: string;
  hooks: StreamHooks | undefined;
  facts: BadgeFacts;
}

export class SessionHub {
  readonly #policy: OutputPolicy;
  readonly #translate: Translate;
  readonly #streams = new Set<StreamEntry>();
  readonly #listeners = new Set<HubListener>();

  constructor(policy: OutputPolicy, translate: Translate) {
    this.#policy = policy;
    this.#translate = translate;
  }

  /** Registers a stream under the name that `msg.stream` carries. */
  addStream(name: string, hooks?: StreamHooks): HubStream {
    const entry: StreamEntry = { name, hooks, facts: NOT_STARTED };
    this.#streams.add(entry);
    this.#showBadges(name);
    return {
      name,
      wanted: () =>
        wantedOutputs(
          this.#listening(name).map((listener) => listener.wants),
          this.#policy,
        ),
      data: (event) => allDone(this.#listening(name).map((listener) => listener.onData?.(event, name))),
      frame: (event) => this.#frame(name, event),
      awaitsPictures: () => this.#listening(name).some((listener) => listener.awaited === true),
      phase: (event) => {
        entry.facts = event;
        this.#showBadges(name);
        for (const listener of this.#listening(name)) listener.onPhase?.(event, name);
        return badge(event, this.#translate);
      },
      leave: () => {
        if (this.#streams.delete(entry)) this.#showBadges(name);
      },
    };
  }

  /** Registers a listener; the result takes it away again. */
  addListener(listener: HubListener): () => void {
    this.#listeners.add(listener);
    this.#showBadge(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Has a picture made of the next frame of a stream (`''`: of each). */
  requestPicture(stream: string, id: string): void {
    for (const entry of this.#streams) if (stream === '' || entry.name === stream) entry.hooks?.requestPicture(id);
  }

  /** What each stream is at (`''`: all of them). */
  live(stream = ''): LiveStateView[] {
    const entries = [...this.#streams].filter((entry) => stream === '' || entry.name === stream);
    return entries.flatMap(({ hooks }) => (hooks === undefined ? [] : [hooks.live()]));
  }

  /** A listener has sent something of this stream to a node that is wired to it, or looked at it for one. */
  taken(stream: string): void {
    for (const entry of this.#streams) if (entry.name === stream) entry.hooks?.taken?.();
  }

  /** How many nodes are registered. */
  get users(): { streams: number; listeners: number } {
    return { streams: this.#streams.size, listeners: this.#listeners.size };
  }

  #listening(stream: string): HubListener[] {
    return [...this.#listeners].filter((listener) => listener.stream === '' || listener.stream === stream);
  }

  #frame(stream: string, event: FrameEvent): unknown {
    const { data } = event;
    const takers = this.#listening(stream).filter(({ wants }) => pictureOf(wants) === event.picture);
    // The first taker gets the bytes themselves, so the usual flow copies nothing.
    const pictures = takers.map((_, index) =>
      index === 0 ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data),
    );
    return allDone(
      takers.map((listener, index) => {
        const picture = pictures[index];
        return picture === undefined ? undefined : listener.onFrame?.(event, stream, picture);
      }),
    );
  }

  #showBadges(stream: string): void {
    for (const listener of this.#listening(stream)) this.#showBadge(listener);
  }

  #showBadge(listener: HubListener): void {
    const facts = [...this.#streams]
      .filter((entry) => listener.stream === '' || listener.stream === entry.name)
      .map((entry) => entry.facts);
    listener.onBadge(combinedBadge(facts, this.#translate));
  }
}

function allDone(parts: unknown[]): unknown {
  const waiting = parts.filter((part) => part instanceof Promise);
  return waiting.length === 0 ? undefined : Promise.all(waiting);
}

function pictureOf(wants: ListenerWants): string | undefined {
  if (wants.kind === 'preview') return PREVIEW.id;
  return wants.kind === 'frame' ? pictureId(wants) : undefined;
}
