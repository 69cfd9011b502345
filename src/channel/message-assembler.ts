/**
 * Messages of the server's `inference` channel (protocol.md D.1) in any order come in, parsed JSON leaves. Refuses
 * absurd headers and anything above its limits; gives up partial messages that never complete, oldest first.
 */
import { gunzipSync } from 'node:zlib';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { SessionError } from '../errors';
import { FRAME_CHUNK_BYTES, FRAME_HEADER_BYTES, readFrameHeader } from './frame-chunks';
import type { FrameChunkHeader } from './frame-chunks';

const MIB = 1024 * 1024;
/** How many finished frames are remembered, so that a late duplicate does not open them again. */
const REMEMBERED_FRAMES = 32;

/** Where the assembler stops; each has a default. */
export interface MessageAssemblerLimits {
  /** One assembled message. Default 32 MiB. */
  maxMessageBytes?: number;
  /** One message after gunzip. Default 64 MiB. */
  maxUnpackedBytes?: number;
  /** All partial messages together; the oldest go first. Default 64 MiB. */
  maxPendingBytes?: number;
  /** Partial messages at once; the oldest go first. Default 16. */
  maxPendingFrames?: number;
  /** A partial message without a new chunk for so long is given up. Default 30,000. */
  maxPendingAgeMs?: number;
  clock?: Pick<Clock, 'monotonicMs'>;
}

/** One whole message. */
export interface AssembledMessage {
  /** The frame id of the chunk header; null for a message that came unframed. */
  headerFrameId: number | null;
  json: unknown;
}

interface PartialFrame {
  total: number;
  chunks: Map<number, Buffer>;
  bytes: number;
  touchedMs: number;
}

/** Puts chunked messages together; one for each data channel. */
export class MessageAssembler {
  readonly #limits: Required<MessageAssemblerLimits>;
  /** In order of their latest chunk, oldest first. */
  readonly #partials = new Map<number, PartialFrame>();
  readonly #finished = new Set<number>();
  #pendingBytes = 0;
  #evicted = 0;
  #duplicates = 0;

  constructor(limits: MessageAssemblerLimits = {}) {
    this.#limits = {
      maxMessageBytes: limits.maxMessageBytes ?? 32 * MIB,
      maxUnpackedBytes: limits.maxUnpackedBytes ?? 64 * MIB,
      maxPendingBytes: limits.maxPendingBytes ?? 64 * MIB,
      maxPendingFrames: limits.maxPendingFrames ?? 16,
      maxPendingAgeMs: limits.maxPendingAgeMs ?? 30_000,
      clock: limits.clock ?? systemClock,
    };
  }

  /** Payload bytes held in partial messages. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Partial messages given up so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Chunks that had already come. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /**
   * Takes one data-channel message (a Buffer may be kept until its frame is whole) and returns the message that it
   * completes, if any. Throws MESSAGE_MALFORMED; the assembler stays usable.
   */
  push(message: Buffer | string): AssembledMessage | undefined {
    if (typeof message === 'string') return { headerFrameId: null, json: this.#parseText(message, null) };
    if (message.length < FRAME_HEADER_BYTES) return { headerFrameId: null, json: this.#parsePayload(message, null) };
    const header = readFrameHeader(message);
    const objection = this.#objection(header);
    if (objection !== undefined) {
      const json = bareJson(message);
      if (json !== undefined) return { headerFrameId: null, json };
      this.#forget(header.frameId);
      throw malformed(`its chunk header is impossible (${objection})`, header.frameId);
    }
    return this.#addChunk(header, message.subarray(FRAME_HEADER_BYTES));
  }

  #objection({ frameId, index, total }: FrameChunkHeader): string | undefined {
    if (total === 0) return '0 chunks in total';
    if (index >= total) return `chunk ${index} of ${total}`;
    if ((total - 1) * FRAME_CHUNK_BYTES >= this.#limits.maxMessageBytes) return `${total} chunks in total`;
    const known = this.#partials.get(frameId)?.total ?? total;
    return known === total ? undefined : `${total} chunks in total, before it were ${known}`;
  }

  #addChunk({ frameId, index, total }: FrameChunkHeader, payload: Buffer): AssembledMessage | undefined {
    const now = this.#limits.clock.monotonicMs();
    const partial = this.#partials.get(frameId) ?? {
      total,
      chunks: new Map<number, Buffer>(),
      bytes: 0,
      touchedMs: now,
    };
    if (this.#finished.has(frameId) || partial.chunks.has(index)) {
      this.#duplicates += 1;
      return undefined;
    }
    if (partial.bytes + payload.length > this.#limits.maxMessageBytes) {
      this.#forget(frameId);
      throw malformed(`it is larger than ${this.#limits.maxMessageBytes} bytes`, frameId);
    }
    partial.chunks.set(index, payload);
    partial.bytes += payload.length;
    partial.touchedMs = now;
    this.#pendingBytes += payload.length;
    this.#partials.delete(frameId);
    this.#partials.set(frameId, partial);
    const isWhole = partial.chunks.size === total;
    if (isWhole) this.#forget(frameId);
    this.#evict(now);
    if (!isWhole) return undefined;
    this.#remember(frameId);
    return { headerFrameId: frameId, json: this.#parsePayload(joinChunks(partial), frameId) };
  }

  #evict(nowMs: number): void {
    const { maxPendingAgeMs, maxPendingBytes, maxPendingFrames } = this.#limits;
    for (const [frameId, { touchedMs }] of this.#partials) {
      const within =
        nowMs - touchedMs <= maxPendingAgeMs &&
        this.#pendingBytes <= maxPendingBytes &&
        this.#partials.size <= maxPendingFrames;
      if (within) return;
      this.#forget(frameId);
      this.#evicted += 1;
    }
  }

  #forget(frameId: number): void {
    const partial = this.#partials.get(frameId);
    if (partial === undefined) return;
    this.#partials.delete(frameId);
    this.#pendingBytes -= partial.bytes;
  }

  #remember(frameId: number): void {
    this.#finished.add(frameId);
    for (const oldest of this.#finished) {
      if (this.#finished.size <= REMEMBERED_FRAMES) return;
      this.#finished.delete(oldest);
    }
  }

  #parsePayload(payload: Buffer, frameId: number | null): unknown {
    const bytes = isGzip(payload) ? this.#gunzip(payload, frameId) : payload;
    let text;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw malformed('it is not UTF-8', frameId, cause);
    }
    return this.#parseText(text, frameId);
  }

  #gunzip(payload: Buffer, frameId: number | null): Buffer {
    try {
      return gunzipSync(payload, { maxOutputLength: this.#limits.maxUnpackedBytes });
    } catch (cause) {
      const tooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
      const what = tooLarge
        ? `it unpacks to more than ${this.#limits.maxUnpackedBytes} bytes`
        : 'its gzip data is damaged';
      throw malformed(what, frameId, cause);
    }
  }

  #parseText(text: string, frameId: number | null): unknown {
    if (text.length > this.#limits.maxUnpackedBytes) {
      throw malformed(`it is larger than ${this.#limits.maxUnpackedBytes} characters`, frameId);
    }
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw malformed('it is not JSON', frameId, cause);
    }
  }
}

function joinChunks({ chunks, total, bytes }: PartialFrame): Buffer {
  const only = total === 1 ? chunks.get(0) : undefined;
  if (only !== undefined) return only;
  const ordered = [...chunks].sort(([left], [right]) => left - right);
  return Buffer.concat(
    ordered.map(([, chunk]) => chunk),
    bytes,
  );
}

/** JSON that was sent as bytes without a header: read as a header, its text gives absurd numbers. */
function bareJson(message: Buffer): unknown {
  if (message[0] !== 0x7b) return undefined;
  try {
    return JSON.parse(message.toString()) as unknown;
  } catch {
    return undefined;
  }
}

function isGzip(payload: Buffer): boolean {
  return payload[0] === 0x1f && payload[1] === 0x8b;
}

function malformed(what: string, frameId: number | null, cause?: unknown): SessionError {
  const which = frameId === null ? 'An unframed message' : `The message with frame id ${frameId}`;
  return new SessionError(
    'MESSAGE_MALFORMED',
    `${which} on the data channel was dropped: ${what}. The session goes on; if it repeats, check the server's version.`,
    { cause, details: { frameId, reason: what } },
  );
}
