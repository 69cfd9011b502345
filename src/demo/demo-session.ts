/**
 * One client of the demo server: its connection, the way its video comes in (RTP or an uploaded file), the workflow and
 * the ways results go out. Frees everything, children included, as soon as the connection ends.
 */
import { parseControlMessage } from '../channel/control-message';
import type { Clock } from '../clock';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { guard } from '../guard';
import type { VideoCodec } from '../media/video';
import { createPeer, type Peer, type PeerEvents, type PeerOptions } from '../peer/peer';
import type { RtpPacket } from '../rtp/packet';
import { AckGate } from './ack-gate';
import type { DemoFaults } from './faults';
import { FileInput } from './file-input';
import { FrameIntake } from './frame-intake';
import { FrameLoop, type WantedOutputs } from './frame-loop';
import { JpegEncoders } from './jpeg-encoders';
import { LiveInput } from './live-input';
import type { OfferFacts } from './offer-facts';
import { PulledInput } from './pulled-input';
import { ResultMessenger } from './result-messenger';
import type { SessionRequest } from './session-request';
import { VideoOutput } from './video-output';
import { type CompiledWorkflow, imageOutputs } from './workflow-compiler';
import { WorkflowRun } from './workflow-run';

/** What a session is made of. */
export interface DemoSessionOptions {
  request: SessionRequest;
  workflow: CompiledWorkflow;
  offer: OfferFacts;
  ffmpeg: FfmpegProgram;
  clock: Clock;
  faults: () => DemoFaults;
  /** Everything is freed; once. */
  onClosed(): void;
  onChild?: ((pid: number, running: boolean) => void) | undefined;
}

/** Label of the file channel; any other is for control and results (protocol.md D). */
const UPLOAD_CHANNEL = 'video_upload';
/** Pictures that wait in batch mode, as upstream's queue. */
const BATCH_CAPACITY = 60;
const DEFAULT_FPS = 30;
/** `setTimeout` ends at 2^31 ms; nobody's session lasts 23 days. */
const MAX_TIMEOUT_MS = 2_000_000_000;

/** See the file header. */
export class DemoSession {
  readonly #options: DemoSessionOptions;
  readonly #peer: Peer;
  readonly #intake: FrameIntake;
  readonly #gate: AckGate;
  readonly #messenger: ResultMessenger;
  readonly #loop: FrameLoop;
  readonly #jpegs: JpegEncoders;
  readonly #video: VideoOutput | null;
  readonly #live: LiveInput | null;
  readonly #file: FileInput;
  #pulled: PulledInput | undefined;
  readonly #wanted: WantedOutputs;
  /** A file's own rate replaces what was declared (protocol.md C.1). */
  #declaredFps: number | null;
  #cancelTimeout: () => void = () => undefined;
  #cancelWatchdog: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DemoSessionOptions) {
    this.#options = options;
    const { request, workflow, offer, clock, faults } = options;
    const { realtime, streamOutput } = request;
    const stream = streamOutput === null ? imageOutputs(workflow)[0] : firstName(streamOutput);
    const wantsVideo = stream !== undefined;
    this.#wanted = { stream: stream ?? null, data: request.dataOutput };
    this.#declaredFps = request.declaredFps;
    this.#peer = this.#createPeer(answerDirection(offer, wantsVideo));
    this.#gate = new AckGate({ paced: !realtime });
    this.#intake = new FrameIntake({ realtime, capacity: BATCH_CAPACITY, onTaken: () => this.#file.pictureTaken() });
    this.#messenger = new ResultMessenger({ peer: this.#peer, clock, faults });
    this.#jpegs = new JpegEncoders(options);
    this.#video = wantsVideo ? this.#createVideoOutput() : null;
    // Asked for video but given no way to send it, the real server never pulls a frame (protocol.md C.2).
    const pullsFrames = !wantsVideo || offer.clientReceives;
    const sends = offer.clientSends && request.pullUrl === null;
    this.#live = pullsFrames && sends ? this.#createLiveInput() : null;
    this.#file = this.#createFileInput();
    this.#loop = this.#createLoop();
  }

  /** The SDP answer; frames are processed from now on. Rejects when offer or camera cannot be used. */
  async answer(): Promise<string> {
    const { request, offer } = this.#options;
    await this.#openPulled();
    const sdp = await this.#peer.acceptOffer(request.offerSdp);
    const returnsVideo = this.#video !== null && offer.clientReceives;
    if (returnsVideo && !this.#peer.negotiatedSendCodecs.includes('vp8')) throw new Error('The offer has no VP8.');
    const { processingTimeoutS } = request;
    if (processingTimeoutS !== null) {
      const limitMs = Math.min(MAX_TIMEOUT_MS, processingTimeoutS * 1_000);
      this.#cancelTimeout = this.#options.clock.after(limitMs, () => this.#loop.timeOut());
    }
    this.#feedWatchdog();
    this.#loop
      .start()
      .then(() => this.#closeInputs())
      .catch(() => void this.close());
    return sdp;
  }

  async #openPulled(): Promise<void> {
    const { ffmpeg, clock, onChild, request } = this.#options;
    if (request.pullUrl === null || this.#closing !== undefined) return;
    this.#pulled = new PulledInput({ url: request.pullUrl, ffmpeg, clock, intake: this.#intake, onChild });
    await this.#pulled.open();
  }

  /** Ends the connection, all children and the file. Bounded, idempotent, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelTimeout();
    this.#cancelWatchdog();
    this.#messenger.close();
    this.#loop.abort();
    const outputs = [this.#peer, this.#jpegs, this.#video];
    await Promise.allSettled([this.#closeInputs(), ...outputs.map(async (output) => output?.close())]);
    this.#options.onClosed();
  }

  /** After the last frame nothing more is decoded; the connection stays until the client closes it. */
  async #closeInputs(): Promise<void> {
    await Promise.all([this.#live?.close(), this.#pulled?.close(), this.#file.close()]);
  }

  #createPeer(video: PeerOptions['video']): Peer {
    const ignore = (): void => undefined;
    const events: PeerEvents = {
      onConnected: ignore,
      onLost: () => void this.close(),
      onRtp: (codec: VideoCodec, packet: RtpPacket) => this.#live?.push(codec, packet),
      onKeyframeRequest: () => this.#video?.requestKeyframe(),
      onChannelOpen: (label) => {
        if (label !== UPLOAD_CHANNEL) this.#messenger.useChannel(label);
      },
      onChannelMessage: guard(ignore, (label: string, data: Buffer | string) => {
        if (label === UPLOAD_CHANNEL) this.#uploaded(data);
        else this.#control(data);
      }),
      onChannelClosed: ignore,
    };
    return createPeer({ role: 'answerer', video, loopbackOnly: true, clock: this.#options.clock, events });
  }

  #createVideoOutput(): VideoOutput {
    const { ffmpeg, clock, faults, onChild, request } = this.#options;
    const { realtime, declaredFps } = request;
    const fps = declaredFps ?? DEFAULT_FPS;
    return new VideoOutput({ peer: this.#peer, ffmpeg, clock, fps, realtime, faults, onChild });
  }

  #createLiveInput(): LiveInput {
    const { ffmpeg, clock, onChild } = this.#options;
    const onFailed = (): void => void this.close();
    return new LiveInput({ peer: this.#peer, ffmpeg, clock, intake: this.#intake, onFailed, onChild });
  }

  #createFileInput(): FileInput {
    const { ffmpeg, clock, onChild, request } = this.#options;
    const onFps = (detected: number): void => {
      this.#declaredFps = detected;
    };
    return new FileInput({ ffmpeg, clock, intake: this.#intake, realtime: request.realtime, onFps, onChild });
  }

  #createLoop(): FrameLoop {
    const { request, workflow, clock, offer, faults } = this.#options;
    const { imageInputName, parameters } = request;
    return new FrameLoop({
      ...{ clock, imageInputName, faults, intake: this.#intake, gate: this.#gate, messenger: this.#messenger },
      run: new WorkflowRun(workflow, { imageInputName, parameters }),
      video: this.#video,
      encodeJpeg: (picture) => this.#jpegs.encode(picture),
      wanted: () => this.#wanted,
      declaredFps: () => this.#declaredFps,
      fromFile: !offer.clientSends && request.pullUrl === null,
      onFrame: (frameId) => this.#frameDone(frameId),
    });
  }

  #uploaded(data: Buffer | string): void {
    this.#feedWatchdog();
    const { kind } = this.#file.push(data);
    if (kind === 'keepalive' && this.#options.faults().noPingEcho !== true) this.#peer.send(UPLOAD_CHANNEL, data);
  }

  /** What cannot be parsed is ignored; nothing is answered (protocol.md D.2). */
  #control(data: Buffer | string): void {
    const change = parseControlMessage(data);
    if (change.ack !== undefined) {
      this.#gate.acknowledge(change.ack);
      this.#feedWatchdog();
    }
    if (change.dataOutput !== undefined) this.#wanted.data = change.dataOutput.filter((name) => name !== '');
    if (change.streamOutput !== undefined) this.#wanted.stream = firstName(change.streamOutput) ?? null;
  }

  #frameDone(frameId: number): void {
    this.#feedWatchdog();
    const { abortAfterFrames, abortKind } = this.#options.faults();
    if (abortAfterFrames === undefined || frameId < abortAfterFrames) return;
    this.#loop.abort();
    if (abortKind === 'polite') void this.close();
  }

  #feedWatchdog(): void {
    this.#cancelWatchdog();
    const { watchdogMs } = this.#options.faults();
    if (watchdogMs === undefined || this.#closing !== undefined) return;
    this.#cancelWatchdog = this.#options.clock.after(watchdogMs, () => void this.close());
  }
}

function firstName(names: readonly string[]): string | undefined {
  return names.find((name) => name !== '');
}

/** Video goes back only if an output was asked for (protocol.md L.2). */
function answerDirection(offer: OfferFacts, wantsVideo: boolean): PeerOptions['video'] {
  const sends = wantsVideo && offer.clientReceives;
  if (offer.clientSends) return sends ? 'sendrecv' : 'recvonly';
  return sends ? 'sendonly' : 'none';
}
