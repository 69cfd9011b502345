/**
 * One connection to the server, from the offer to its end: peer, signalling, sender and receiver of video, both data
 * channels. It is used once; coming back after a loss takes a new one. It decides nothing about recovery.
 */
import { MessageAssembler } from '../channel/message-assembler';
import { controlMessage } from '../channel/control-message';
import type { ControlChange } from '../channel/control-message';
import { parseServerMessage } from '../channel/message';
import type { ServerMessage } from '../channel/message';
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import { settleWithin } from '../guard';
import type { AccessUnit } from '../media/video';
import { createPeer } from '../peer/peer';
import type { Peer } from '../peer/peer';
import { SignallingClient } from '../signalling/client';
import { VideoReceiver } from '../transport/video-receiver';
import type { ReceivedFrame } from '../transport/video-receiver';
import { VideoSender } from '../transport/video-sender';
import { refuseHeavy } from './heavy-message';
import { iceServersOf, relayFailure } from './ice-servers';
import { channelsOf, RESULTS, UPLOAD } from './channel-labels';
import { httpRoute, iceRules, initialiseRequestOf, videoDirection } from './initialise';
import type { SessionOptions } from './options';
import { sendChunks } from './send-chunks';
import type { LinkFacts } from './session-facts';
import type { WorkflowOfSession } from './workflow-of-session';
import type { SentFrame } from './sent-frames';

const CLOSE_LIMIT_MS = 3_000;
/** It is shown to people. */
const MAX_VERSION_LENGTH = 64;

/** What a link tells the session; never after `close()`. */
export interface LinkEvents {
  /** Video can flow and the result channel is open. */
  onConnected(): void;
  /** It did not come up, or broke; at most once. */
  onLost(error: SessionError): void;
  onMessage(message: ServerMessage): void;
  onFrame(frame: ReceivedFrame): void;
  onSent(frame: SentFrame): void;
  /** An access unit needs more packets than aiortc can receive (field-notes.md 4). */
  onTooLarge(packets: number): void;
  onWarning(error: SessionError): void;
  /** A message was dropped; `details.frameId` is its frame, where its header could be read. */
  onMalformed(error: SessionError): void;
}

/** Counters of one link. */
export interface LinkStats {
  framesSent: number;
  framesUnsent: number;
  framesReceived: number;
  packetsLost: number;
  bytesSent: number;
  bytesReceived: number;
  messagesMalformed: number;
}

/** See the file header. */
export class Link {
  readonly #options: SessionOptions;
  readonly #workflow: WorkflowOfSession;
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  readonly #signalling: SignallingClient;
  readonly #peer: Peer;
  readonly #receiver: VideoReceiver;
  readonly #sender: VideoSender;
  readonly #assembler = new MessageAssembler();
  readonly #abort = new AbortController();
  readonly #openChannels = new Set<string>();
  #ended = false;
  #peerUp = false;
  #connected = false;
  #closing: Promise<void> | undefined;
  #messagesMalformed = 0;
  #messageBytes = 0;
  #serverVersion: string | null = null;
  #cancelOpening: (() => void) | undefined;

  constructor(context: { options: SessionOptions; workflow: WorkflowOfSession; clock: Clock; events: LinkEvents }) {
    this.#options = context.options;
    this.#workflow = context.workflow;
    this.#clock = context.clock;
    this.#events = context.events;
    const { server, network } = context.options;
    const timeoutMs = network?.signallingTimeoutMs ?? 90_000;
    this.#signalling = new SignallingClient({ server, timeoutMs, ...httpRoute(server.url, context.options) });
    this.#peer = this.#createPeer();
    this.#sender = new VideoSender({
      peer: this.#peer,
      clock: context.clock,
      closingPacket: context.options.closingPacket ?? true,
    });
    this.#receiver = new VideoReceiver({
      peer: this.#peer,
      clock: context.clock,
      onFrame: (frame) => this.#tell(() => this.#events.onFrame(frame)),
    });
  }

  get facts(): LinkFacts {
    return { serverVersion: this.#serverVersion, ice: this.#peer.path };
  }

  get roundTripMs(): number | null {
    return this.#peer.roundTripMs;
  }

  get stats(): LinkStats {
    const sent = this.#sender.stats;
    const received = this.#receiver.stats;
    return {
      framesSent: sent.frames,
      framesUnsent: sent.framesTooLarge + sent.framesAwaitingKeyframe + sent.framesNotConnected,
      bytesSent: sent.bytes,
      framesReceived: received.frames,
      packetsLost: received.packetsLost,
      bytesReceived: received.bytes + this.#messageBytes,
      messagesMalformed: this.#messagesMalformed,
    };
  }

  /** Offers, posts, applies the answer; success and failure come as events. */
  connect(): void {
    this.#negotiate().catch((thrown: unknown) => this.#lose(SessionError.from(thrown)));
  }

  /** Sends one access unit, or drops it while the connection is not up. */
  send(unit: AccessUnit): void {
    if (this.#ended) return;
    const sentAtMs = this.#clock.epochMs();
    const outcome = this.#sender.send(unit);
    if (outcome.kind === 'sent') {
      const { rtpTimestamp } = outcome;
      const { capturedAtMs, pts90k } = unit;
      this.#events.onSent({ rtpTimestamp90k: rtpTimestamp, sourcePts90k: pts90k, capturedAtMs, sentAtMs });
    } else if (outcome.kind === 'too-large') {
      this.#events.onTooLarge(outcome.packets);
    }
  }

  /** Asks the server for a keyframe: our decoder lost its place. */
  requestKeyframe(): void {
    if (!this.#ended) this.#receiver.requestKeyframe();
  }

  /** Sends a control message; false when the channel is not open. */
  control(change: ControlChange): boolean {
    return !this.#ended && this.#peer.send(RESULTS, controlMessage(change));
  }

  /**
   * Sends a file's `totalChunks` payloads, waiting while too much is outstanding.
   * Rejects with `UPLOAD_FAILED` when the channel closes under way; ends quietly when the link is closed.
   */
  async upload(
    file: { totalChunks: number; chunks(): AsyncIterable<Buffer> },
    onProgress: (sentChunks: number) => void,
  ): Promise<void> {
    await sendChunks(file, {
      clock: this.#clock,
      isOver: () => this.#ended,
      bufferedBytes: () => this.#peer.bufferedBytes(UPLOAD),
      send: (chunk) => this.#peer.send(UPLOAD, chunk),
      onProgress,
    });
  }

  /** Tells the server goodbye and frees everything; bounded, idempotent, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #connectTimeoutMs(): number {
    return this.#options.network?.connectTimeoutMs ?? 20_000;
  }

  #createPeer(): Peer {
    const options = this.#options;
    return createPeer({
      role: 'offerer',
      video: videoDirection(options),
      codecs: ['vp8', 'h264'],
      channels: channelsOf(options),
      ice: iceRules(options.network),
      loopbackOnly: options.server.loopbackOnly ?? false,
      connectTimeoutMs: this.#connectTimeoutMs,
      clock: this.#clock,
      events: {
        onConnected: () => {
          this.#peerUp = true;
          this.#cancelOpening = this.#clock.after(this.#connectTimeoutMs, () => this.#lose(neverOpened()));
          this.#checkConnected();
        },
        onFault: (thrown) => this.#tell(() => this.#events.onWarning(SessionError.from(thrown))),
        onLost: (error) => this.#lose(error),
        onRtp: (codec, packet) => this.#receiver.push(codec, packet),
        // Sources keep a keyframe interval of 1-2 s (FFmpeg cannot be asked for one), so there is nothing to do.
        onKeyframeRequest: () => undefined,
        onChannelOpen: (label) => {
          this.#openChannels.add(label);
          this.#checkConnected();
        },
        onChannelMessage: (label, data) => this.#receive(label, data),
        onChannelClosed: (label) => {
          if (label === RESULTS) this.#lose(new SessionError('CONNECTION_LOST', CHANNEL_CLOSED, { retry: true }));
        },
      },
    });
  }

  async #negotiate(): Promise<void> {
    const workflow = await this.#workflow.requested({ clock: this.#clock, signal: this.#abort.signal });
    if (this.#hasEnded()) return;
    const iceServers = await iceServersOf(this.#options, {
      clock: this.#clock,
      signal: this.#abort.signal,
      warn: (error) => this.#tell(() => this.#events.onWarning(error)),
    });
    if (this.#ended) return;
    const offerSdp = await this.#peer.createOffer(iceServers).catch((thrown: unknown) => {
      throw relayFailure(thrown, this.#options);
    });
    if (this.#hasEnded()) return;
    const request = initialiseRequestOf(this.#options, { offerSdp, workflow, iceServers });
    const answer = await this.#signalling.initialise(request, this.#abort.signal);
    if (this.#hasEnded()) return;
    this.#askVersion();
    await this.#peer.acceptAnswer(answer.answerSdp);
  }

  /** Only worth knowing: a server that does not say goes on without. */
  #askVersion(): void {
    const noted = this.#signalling.info(this.#abort.signal).then(({ version }) => {
      this.#serverVersion = version?.slice(0, MAX_VERSION_LENGTH) ?? null;
    });
    noted.catch(() => undefined);
  }

  /** `#ended` may change across an await, which control flow analysis does not see. */
  #hasEnded(): boolean {
    return this.#ended;
  }

  #checkConnected(): void {
    if (this.#ended || this.#connected || !this.#peerUp) return;
    if (!channelsOf(this.#options).every((label) => this.#openChannels.has(label))) return;
    this.#connected = true;
    this.#cancelOpening?.();
    this.#events.onConnected();
  }

  #receive(label: string, data: Buffer | string): void {
    if (this.#ended || label !== RESULTS) return;
    this.#messageBytes += data.length;
    let message: ServerMessage;
    try {
      const assembled = this.#assembler.push(data);
      if (assembled === undefined) return;
      message = parseServerMessage(assembled.json, assembled.headerFrameId);
      refuseHeavy(message);
    } catch (thrown) {
      this.#messagesMalformed += 1;
      this.#events.onMalformed(SessionError.from(thrown, 'MESSAGE_MALFORMED'));
      return;
    }
    this.#events.onMessage(message);
  }

  #tell(event: () => void): void {
    if (!this.#ended) event();
  }

  #lose(error: SessionError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.onLost(error);
  }

  async #close(): Promise<void> {
    this.#ended = true;
    this.#cancelOpening?.();
    this.#abort.abort();
    this.#sender.close();
    this.#receiver.close();
    await settleWithin(CLOSE_LIMIT_MS, Promise.allSettled([this.#peer.close(), this.#signalling.close()]));
  }
}

function neverOpened(): SessionError {
  const message = 'Connected, but the server did not open the data channels: check that it is an inference server.';
  return new SessionError('CONNECT_TIMEOUT', message, { retry: true });
}

const CHANNEL_CLOSED = 'The server closed the connection.';
