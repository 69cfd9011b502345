/**
 * A `Peer` made of werift: the order of negotiation, the watch over the connection, and its end. Video and channels are
 * beside it; what needs werift's inside is in `werift-internals.ts`.
 */
import type { RTCDtlsTransport, RTCPeerConnection } from 'werift';
import { SessionError } from '../errors';
import { guard, settleWithin } from '../guard';
import type { VideoCodec } from '../media/video';
import type { RtpPacket } from '../rtp/packet';
import { CandidateGathering } from './candidate-gathering';
import { connectionConfig } from './connection-config';
import { DataChannels } from './data-channels';
import { gateEvents } from './event-gate';
import type { LineEvents } from './event-gate';
import { Gathering } from './gathering';
import type { IcePath, IceServer, Peer, PeerEvents, PeerOptions } from './peer';
import { keepInactiveLines, keepLoopbackCandidates, mediaSections } from './session-description';
import { watchSilence } from './silence-watch';
import { VideoLine } from './video-line';
import { werift } from './werift';
import {
  chosenPath,
  fenceSctp,
  isAssociated,
  narrowReceiveWindow,
  receivedDatagrams,
  replayEarlyDtls,
  sayGoodbye,
  takeOverGathering,
  watchAssociation,
} from './werift-internals';

const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;
/** Three connectivity checks (RFC 7675: one every 4 to 6 s) and a little. */
const DEFAULT_SILENCE_TIMEOUT_MS = 16_000;
const GOODBYE_LIMIT_MS = 500;
const CLOSE_LIMIT_MS = 2_000;

type State = 'new' | 'connecting' | 'connected' | 'lost' | 'closed';

/** See `Peer`. */
export class WeriftPeer implements Peer {
  readonly #options: PeerOptions;
  readonly #pc: RTCPeerConnection;
  readonly #gathering: Gathering;
  readonly #candidates: CandidateGathering;
  readonly #channels: DataChannels;
  readonly #events: LineEvents;
  readonly #closed = deferredRejection();
  readonly #report: (thrown: unknown) => void;
  #state: State = 'new';
  #dtls: RTCDtlsTransport | undefined;
  #video: VideoLine | undefined;
  #stops: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: PeerOptions) {
    if (options.role === 'offerer' && options.video === 'none' && (options.channels ?? []).length === 0) {
      throw new SessionError('INVALID_OPTION', 'A connection needs a video line or a data channel.');
    }
    this.#options = options;
    this.#report = (thrown) => {
      if (this.#state !== 'closed') guard(nobodyLeft, () => options.events.onFault?.(thrown))();
    };
    this.#events = gateEvents(options.events, () => this.#isUp());
    this.#candidates = new CandidateGathering({ ...options, onFailure: (error) => this.#report(error) });
    this.#pc = new (werift().RTCPeerConnection)(connectionConfig(options));
    this.#gathering = new Gathering(this.#pc, options.clock);
    this.#channels = new DataChannels({ events: this.#events, report: this.#report });
    this.#pc.onDataChannel.subscribe(guard(this.#report, (channel) => this.#channels.adopt(channel)));
    this.#pc.connectionStateChange.subscribe((state) => {
      if (state === 'failed' || state === 'closed') this.#lose(`the connection is ${state}`);
    });
  }

  get negotiatedSendCodecs(): readonly VideoCodec[] {
    return this.#video?.sendCodecs ?? [];
  }

  get path(): IcePath | null {
    return this.#dtls === undefined ? null : this.#candidates.pathOf(this.#dtls);
  }

  get roundTripMs(): number | null {
    const roundTripS = this.#dtls && chosenPath(this.#dtls)?.roundTripS;
    return roundTripS === undefined ? null : Math.round(roundTripS * 10_000) / 10;
  }

  async createOffer(iceServers: readonly IceServer[] = this.#options.iceServers ?? []): Promise<string> {
    this.#begin('offerer');
    this.#candidates.useServers(iceServers);
    const { video, channels } = this.#options;
    if (video !== 'none') this.#pc.addTransceiver('video', { direction: video });
    for (const label of channels ?? []) this.#channels.adopt(this.#pc.createDataChannel(label));
    const dtls = this.#attach();
    const { sdp } = await this.#whileOpen(this.#pc.createOffer());
    const description = await this.#whileOpen(this.#gathering.describe(dtls, { type: 'offer', sdp }));
    if (this.#candidates.failure !== undefined) throw this.#candidates.failure;
    return this.#local(description);
  }

  async acceptAnswer(sdp: string): Promise<void> {
    this.#assertOpen();
    this.#startConnecting();
    // werift takes an answer with nothing in it, which any text without an m= line is.
    if (mediaSections(sdp) !== mediaSections(this.#pc.localDescription?.sdp ?? '')) {
      throw new SessionError('SERVER_ANSWER_INVALID', 'The WebRTC answer of the server does not fit the offer.');
    }
    await this.#applyRemote({ type: 'answer', sdp }, 'SERVER_ANSWER_INVALID');
    this.#video?.negotiated();
    if (this.#options.video.startsWith('send') && this.negotiatedSendCodecs.length === 0) {
      throw new SessionError('SERVER_ANSWER_INVALID', 'The server does not take the video that it was offered.');
    }
  }

  async acceptOffer(sdp: string): Promise<string> {
    this.#begin('answerer');
    await this.#applyRemote({ type: 'offer', sdp }, 'INVALID_OPTION');
    const { video } = this.#options;
    for (const [index, transceiver] of this.#pc.getTransceivers().entries()) {
      const isOurs = index === 0 && transceiver.kind === 'video' && video !== 'none';
      transceiver.setDirection(isOurs ? video : 'inactive');
    }
    const dtls = this.#attach();
    const { sdp: answer } = await this.#whileOpen(this.#pc.createAnswer());
    this.#startConnecting();
    const description = await this.#whileOpen(this.#gathering.describe(dtls, { type: 'answer', sdp: answer }));
    this.#video?.negotiated();
    return keepInactiveLines(this.#local(description));
  }

  sendRtp(codec: VideoCodec, packet: RtpPacket): boolean {
    return this.#isUp() && this.#video?.send(codec, packet) === true;
  }

  requestKeyframe(): void {
    if (this.#isUp()) this.#video?.requestKeyframe();
  }

  sendRemb(bitrateBps: number): void {
    if (this.#isUp()) this.#video?.sendRemb(bitrateBps);
  }

  send(label: string, data: Buffer | string): boolean {
    return this.#isUp() && this.#channels.send(label, data);
  }

  bufferedBytes(label: string): number {
    return this.#channels.bufferedBytes(label);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #begin(role: PeerOptions['role']): void {
    this.#assertOpen();
    if (this.#state !== 'new' || this.#dtls !== undefined || this.#options.role !== role) {
      throw new SessionError('INTERNAL', `This connection cannot be the ${role} (again).`);
    }
  }

  /** Looks after the transport, which exists as soon as there is a line or a channel. */
  #attach(): RTCDtlsTransport {
    const dtls = this.#pc.dtlsTransports[0];
    if (dtls === undefined) throw new SessionError('INVALID_OPTION', 'The offer has neither video nor data channels.');
    this.#dtls = dtls;
    takeOverGathering(dtls, (agent) => this.#candidates.run(agent));
    this.#stops.push(replayEarlyDtls(dtls));
    dtls.onStateChange.subscribe((state) => {
      if (state === 'connected') this.#checkConnected();
      if (state === 'closed' || state === 'failed') this.#lose(`DTLS is ${state}`);
    });
    const sctp = this.#pc.sctpTransport;
    if (sctp !== undefined) {
      fenceSctp(sctp, this.#report);
      narrowReceiveWindow(sctp);
      watchAssociation(sctp, {
        onUp: () => this.#checkConnected(),
        onDown: () => this.#lose('the data channels were shut'),
      });
    }
    const transceiver = this.#pc.getTransceivers().find((candidate) => candidate.kind === 'video');
    if (transceiver === undefined) return dtls;
    this.#video = new VideoLine({ transceiver, dtls, events: this.#events, report: this.#report });
    return dtls;
  }

  async #applyRemote(
    description: { type: 'offer' | 'answer'; sdp: string },
    code: 'SERVER_ANSWER_INVALID' | 'INVALID_OPTION',
  ): Promise<void> {
    const { type } = description;
    try {
      await this.#whileOpen(this.#pc.setRemoteDescription({ type, sdp: this.#local(description.sdp) }));
    } catch (thrown) {
      if (thrown instanceof SessionError) throw thrown;
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new SessionError(code, `The WebRTC ${type} of the other side cannot be used: ${reason}`, { cause: thrown });
    }
  }

  /** A description without what is not on this machine, where that is asked for. */
  #local(sdp: string): string {
    return this.#options.loopbackOnly === true ? keepLoopbackCandidates(sdp) : sdp;
  }

  #startConnecting(): void {
    if (this.#state !== 'new') throw new SessionError('INTERNAL', 'This connection has its answer already.');
    this.#state = 'connecting';
    const limitMs = this.#options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const giveUp = (): void => {
      if (this.#state === 'connecting') this.#lose(`nothing was heard within ${Math.round(limitMs / 1_000)} s`);
    };
    this.#stops.push(this.#options.clock.after(limitMs, giveUp));
  }

  #checkConnected(): void {
    const dtls = this.#dtls;
    const sctp = this.#pc.sctpTransport;
    if (this.#state !== 'connecting' || dtls?.state !== 'connected') return;
    if (sctp !== undefined && !isAssociated(sctp)) return;
    this.#state = 'connected';
    const silenceTimeoutMs = this.#options.silenceTimeoutMs ?? DEFAULT_SILENCE_TIMEOUT_MS;
    const watch = watchSilence({
      clock: this.#options.clock,
      received: () => receivedDatagrams(dtls),
      silenceTimeoutMs,
      onSilence: () => this.#lose(`nothing was heard for ${Math.round(silenceTimeoutMs / 1_000)} s`),
    });
    this.#stops.push(watch);
    this.#tell((events) => events.onConnected());
  }

  #lose(reason: string): void {
    if (this.#state === 'closed' || this.#state === 'lost') return;
    const error =
      this.#state === 'connected'
        ? new SessionError('CONNECTION_LOST', `The WebRTC connection was lost: ${reason}.`, { retry: true })
        : new SessionError('CONNECT_TIMEOUT', `No WebRTC connection came up: ${reason}. ${CONNECT_ADVICE}`, {
            retry: true,
          });
    this.#state = 'lost';
    this.#stopTimers();
    this.#tell((events) => events.onLost(error));
  }

  async #close(): Promise<void> {
    const wasUp = this.#isUp() || this.#state === 'lost';
    this.#state = 'closed';
    this.#stopTimers();
    this.#closed.reject(new SessionError('SESSION_CLOSED', 'The WebRTC connection is closed.'));
    if (wasUp) await settleWithin(GOODBYE_LIMIT_MS, sayGoodbye(this.#pc));
    await settleWithin(CLOSE_LIMIT_MS, this.#pc.close());
    if (this.#dtls !== undefined) await settleWithin(GOODBYE_LIMIT_MS, this.#gathering.abandon(this.#dtls));
  }

  #stopTimers(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #isUp(): boolean {
    return this.#state === 'connecting' || this.#state === 'connected';
  }

  /** Calls a handler unless the connection is closed; what it throws goes to `onFault`. */
  #tell(call: (events: PeerEvents) => void): void {
    if (this.#state !== 'closed') guard(this.#report, call)(this.#options.events);
  }

  #assertOpen(): void {
    if (this.#state === 'closed') throw new SessionError('SESSION_CLOSED', 'The WebRTC connection is closed.');
  }

  /** The result of `work`, or a rejection as soon as the connection is closed (werift then waits for ever). */
  #whileOpen<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#closed.promise]);
  }
}

const CONNECT_ADVICE = 'Check that UDP can pass between the two machines, or configure a TURN server.';

function deferredRejection(): { promise: Promise<never>; reject(reason: SessionError): void } {
  let reject: (reason: SessionError) => void = () => undefined;
  const promise = new Promise<never>((_, fail) => (reject = fail));
  promise.catch(() => undefined);
  return { promise, reject: (reason) => reject(reason) };
}

function nobodyLeft(): void {
  // Even the handler of faults threw.
}
