/**
 * Packets of one reader in, access units for the sinks out: copied as long as the stream qualifies, encoded from then
 * on. The reader never notices which, so that a camera is opened once whatever happens to its video.
 */
import type { NutPacket, NutStream } from '../container/nut-demuxer';
import { SessionError } from '../errors';
import { explain } from '../ffmpeg/failure';
import type { FfmpegExit } from '../ffmpeg/process';
import { RestartLimit } from '../ffmpeg/restart-limit';
import { guard, settleWithin } from '../guard';
import type { AccessUnit } from '../media/video';
import { CopyMonitor } from './copy-monitor';
import { FrameRateMeter } from './frame-rate-meter';
import { catchUp } from './catch-up';
import { GopBuffer } from './gop-buffer';
import type { TimedPacket } from './gop-buffer';
import { H264Copier } from './h264-copier';
import type { CopiedUnit } from './h264-copier';
import type { SourceContext, SourceStats } from './live-source';
import type { SourceFacts } from './source-facts';
import { RelayEncoder } from './relay-encoder';
import type { SinkHub } from './sink-hub';
import { chooseVideoPath, isH264 } from './video-path';
import type { VideoPath } from './video-path';

/** So many tell the frame rate, B-frames among them or not. */
const UNITS_BEFORE_ENCODING = 4;
/** A slow camera is not waited for any longer. */
const DECIDE_WITHIN_MS = 500;
const FLUSH_WITHIN_MS = 10_000;

export interface VideoRelayOptions {
  context: SourceContext;
  hub: SinkHub;
  stats: SourceStats;
  requested: 'auto' | 'encode';
  /** For people, the beginning of a sentence: "Camera rtsp://cam1/live". */
  what: string;
  /** The first ones mean that the first access unit is ready. */
  onFacts(facts: SourceFacts): void;
  /** An access unit left. */
  onDelivered?(): void;
  /** Called once, and nothing is delivered afterwards. */
  onFault(error: SessionError): void;
}

/** A packet and, for H.264, what is sent if it is copied. */
interface Unit {
  packet: TimedPacket;
  copy: CopiedUnit | undefined;
}

type State =
  | { kind: 'waiting'; units: Unit[]; stopTimer: () => void }
  | { kind: 'copied'; monitor: CopyMonitor }
  /** Without an encoder: until the next keyframe. */
  | { kind: 'encoded'; encoder: RelayEncoder | undefined; reason: string }
  | { kind: 'closed' };

export class VideoRelay {
  readonly #options: VideoRelayOptions;
  readonly #gop = new GopBuffer();
  readonly #rate = new FrameRateMeter();
  #state: State = { kind: 'waiting', units: [], stopTimer: noop };
  #stream: NutStream | undefined;
  #copier: H264Copier | undefined;
  /** A reason to encode that was given before anything was decided. */
  #wish: string | undefined;
  #lastPts90k: number | null = null;
  #finishing = false;
  /** Encoders that were replaced and are on their way down. */
  #retired: Promise<unknown> = Promise.resolve();
  readonly #restarts = new RestartLimit();

  constructor(options: VideoRelayOptions) {
    this.#options = options;
  }

  onStream(stream: NutStream): void {
    this.#stream = stream;
    if (isH264(stream.codecTag)) this.#copier = new H264Copier(stream);
  }

  onPacket(read: NutPacket): void {
    const packet = { ...read, readAtMs: this.#options.context.clock.epochMs() };
    this.#options.stats.unitsRead += 1;
    if (this.#rate.push(packet.pts90k)) this.#announceRate();
    this.#gop.push(packet);
    const state = this.#state;
    if (state.kind === 'encoded') this.#encode(state, packet);
    else if (state.kind === 'waiting') this.#hold(state, packet);
    else if (state.kind === 'copied') this.#copy(state, { packet, copy: this.#copier?.push(packet) });
  }

  /** A copied stream goes on encoded; one that is not decided yet will be encoded. */
  encodeInstead(reason: string): void {
    if (this.#state.kind === 'waiting') this.#wish ??= reason;
    if (this.#state.kind === 'copied') this.#switchToEncoding(reason);
  }

  /**
   * Somebody new listens, beside others or not, and the next keyframe may be seconds away: what is copied is sent once
   * more from the last one on, what is encoded goes on with one. Beside others a copied stream gives no frame twice.
   */
  onSink(isFirst: boolean): void {
    const state = this.#state;
    if (state.kind === 'copied' && isFirst) this.#catchUp();
    if (state.kind !== 'encoded' || state.encoder === undefined || state.encoder.unitsOut === 0) return;
    // Without the packets since the last keyframe, starting anew would take longer than waiting.
    if (this.#finishing || this.#gop.packets.length === 0) return;
    this.#retired = Promise.all([this.#retired, state.encoder.close()]);
    this.#switchToEncoding(state.reason);
  }

  #catchUp(): void {
    const { context, hub } = this.#options;
    catchUp({
      gop: this.#gop,
      isCopying: () => this.#state.kind === 'copied',
      unitOf: (packet) => {
        const copy = this.#copier?.push(packet);
        const { pts90k, readAtMs: capturedAtMs } = packet;
        return copy && { codec: 'h264', data: copy.annexB, pts90k, keyframe: copy.idr, capturedAtMs };
      },
      ...{ sinks: hub.lateSinks(), fps: this.#rate.fps, clock: context.clock, onFault: this.#fault },
    });
  }

  /** The reader is at its end. Resolves when everything is delivered; null unless no picture ever came out. */
  async finish(): Promise<SessionError | null> {
    this.#finishing = true;
    if (this.#state.kind === 'waiting' && this.#stream) this.#decide(this.#state, true);
    const state = this.#state;
    if (state.kind === 'encoded' && state.encoder) {
      const { encoder } = state;
      encoder.endInput();
      const exit = await exitWithin(FLUSH_WITHIN_MS, encoder);
      if (exit && this.#lastPts90k === null) return explain(exit, this.#options.what);
    }
    if (this.#lastPts90k !== null) return null;
    return new SessionError('SOURCE_UNSUPPORTED', `${this.#options.what} holds no picture that can be used.`);
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#gop.clear();
    if (state.kind === 'waiting') state.stopTimer();
    await Promise.all([this.#retired, state.kind === 'encoded' ? state.encoder?.close() : undefined]);
  }

  #hold(state: Extract<State, { kind: 'waiting' }>, packet: TimedPacket): void {
    if (state.units.length === 0) {
      const late = guard(this.#fault, () => this.#decide(state, true));
      state.stopTimer = this.#options.context.clock.after(DECIDE_WITHIN_MS, late);
    }
    state.units.push({ packet, copy: this.#copier?.push(packet) });
    this.#decide(state, false);
  }

  #decide(state: Extract<State, { kind: 'waiting' }>, complete: boolean): void {
    if (this.#state !== state) return;
    const path = this.#choose(state.units, complete);
    if (path.kind === 'undecided') return;
    if (path.kind === 'encoded' && !complete && state.units.length < UNITS_BEFORE_ENCODING) return;
    state.stopTimer();
    if (path.kind === 'copied') {
      const next = { kind: 'copied', monitor: new CopyMonitor() } as const;
      this.#state = next;
      this.#announce(null);
      for (const unit of state.units) {
        // A switch takes all that has come so far with it.
        if (this.#isCopying(next)) this.#copy(next, unit);
      }
    } else {
      const encoder = this.#startEncoder();
      this.#state = { kind: 'encoded', encoder, reason: path.reason };
      for (const { packet } of state.units) encoder.push(packet);
    }
  }

  #isCopying(state: State): boolean {
    return this.#state === state;
  }

  #choose(units: readonly Unit[], complete: boolean): VideoPath {
    if (this.#wish !== undefined) return { kind: 'encoded', reason: this.#wish };
    return chooseVideoPath({
      requested: this.#options.requested,
      rotated: false,
      codecTag: this.#stream?.codecTag ?? '',
      sps: this.#copier?.sps,
      pts90k: units.map(({ packet }) => packet.pts90k),
      complete,
    });
  }

  #copy(state: Extract<State, { kind: 'copied' }>, { packet, copy }: Unit): void {
    if (copy === undefined) {
      this.#options.stats.unitsDropped += 1;
      return;
    }
    const { pts90k, readAtMs } = packet;
    const violation = state.monitor.violation({ pts90k, ...copy, sps: copy.idr ? this.#copier?.sps : undefined });
    if (violation !== undefined) {
      this.#switchToEncoding(violation);
      return;
    }
    this.#deliver({ codec: 'h264', data: copy.annexB, pts90k, keyframe: copy.idr, capturedAtMs: readAtMs });
  }

  #encode(state: Extract<State, { kind: 'encoded' }>, packet: TimedPacket): void {
    if (state.encoder === undefined && packet.keyframe) state.encoder = this.#startEncoder();
    if (state.encoder === undefined) {
      this.#options.stats.unitsDropped += 1;
      return;
    }
    const droppedBefore = state.encoder.dropped;
    state.encoder.push(packet);
    this.#options.stats.unitsDropped += state.encoder.dropped - droppedBefore;
  }

  /** From the last keyframe on everything is decoded again, and what was not sent yet is encoded: no gap. */
  #switchToEncoding(reason: string): void {
    const packets = this.#gop.packets;
    const encoder = packets.length === 0 ? undefined : this.#startEncoder();
    this.#state = { kind: 'encoded', encoder, reason };
    this.#announce(reason);
    for (const packet of packets) encoder?.push(packet);
  }

  #startEncoder(): RelayEncoder {
    const { context } = this.#options;
    const stream = this.#stream;
    if (stream === undefined) throw new SessionError('INTERNAL', 'A packet came before its stream.');
    const encoder: RelayEncoder = new RelayEncoder({
      context,
      stream,
      afterPts90k: this.#lastPts90k,
      fps: this.#rate.fps,
      onSize: (size) => this.#state.kind === 'encoded' && this.#announce(this.#state.reason, size),
      onAccessUnit: (unit) => this.#isInUse(encoder) && this.#deliver(unit),
    });
    void encoder.exited.then(guard(this.#fault, (exit) => this.#onEncoderExit(encoder, exit)));
    return encoder;
  }

  #onEncoderExit(encoder: RelayEncoder, exit: FfmpegExit): void {
    if (!this.#isInUse(encoder) || this.#finishing) return;
    const again = encoder.unitsOut > 0 && this.#restarts.allowsAfterDeath(this.#options.context.clock.monotonicMs());
    if (again && this.#state.kind === 'encoded') this.#switchToEncoding(this.#state.reason);
    else this.#options.onFault(explain(exit, this.#options.what));
  }

  #isInUse(encoder: RelayEncoder): boolean {
    return this.#state.kind === 'encoded' && this.#state.encoder === encoder;
  }

  #deliver(unit: AccessUnit): void {
    if (this.#state.kind === 'closed') return;
    if (this.#lastPts90k !== null && unit.pts90k <= this.#lastPts90k) {
      this.#options.stats.unitsDropped += 1;
      return;
    }
    this.#lastPts90k = unit.pts90k;
    this.#options.onDelivered?.();
    this.#options.hub.deliver(unit);
  }

  #announce(reason: string | null, size: { width: number; height: number } | undefined = this.#size()): void {
    const copied = reason === null;
    this.#options.onFacts({
      ...{ path: copied ? 'copied' : 'encoded', reason, codec: copied ? 'h264' : 'vp8' },
      ...{ width: size?.width ?? null, height: size?.height ?? null, fps: this.#rate.fps },
    });
  }

  #announceRate(): void {
    const { facts } = this.#options.hub;
    if (facts && facts.fps !== this.#rate.fps) this.#options.onFacts({ ...facts, fps: this.#rate.fps });
  }

  #size(): { width: number; height: number } | undefined {
    return this.#copier?.sps ?? this.#stream;
  }

  readonly #fault = (thrown: unknown): void => this.#options.onFault(SessionError.from(thrown));
}

async function exitWithin(timeoutMs: number, encoder: RelayEncoder): Promise<FfmpegExit | undefined> {
  let exit: FfmpegExit | undefined;
  const exited = encoder.exited.then((found) => (exit = found));
  await settleWithin(timeoutMs, exited);
  return exit;
}

function noop(): void {
  // Replaced by the clock's cancel function with the first packet.
}
