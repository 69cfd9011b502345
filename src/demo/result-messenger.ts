/**
 * Result messages on the control channel (protocol.md D.1): JSON in, framed chunks out, with the data-channel faults.
 * Without an open channel a message is discarded silently. Waits while much is unsent, so that memory stays bounded.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { FRAME_CHUNK_BYTES, splitMessage } from '../channel/frame-chunks';
import type { Clock } from '../clock';
import type { Peer } from '../peer/peer';
import { type DemoFaults, hits } from './faults';

const compress = promisify(gzip);
/** Level 1: four times as fast as the default for a few per cent more bytes. */
const GZIP_LEVEL = 1;
const PAUSE_ABOVE_BYTES = 4 * 1024 * 1024;
const RESUME_BELOW_BYTES = 1024 * 1024;
const POLL_MS = 10;
/** After so long the message is discarded (protocol.md D.2). */
const SEND_LIMIT_MS = 120_000;
/** Chunks of an interleaved message; one chunk has nothing to mix. */
const INTERLEAVED_CHUNKS = 4;

/** A message of the server. */
export interface ResultMessage {
  /** In the header. */
  frameId: number;
  json: unknown;
  /** Metadata-only and completion messages are never compressed. */
  compressible: boolean;
}

/** See the file header. */
export class ResultMessenger {
  /** Messages that were not sent: no open channel, or it did not drain. */
  discarded = 0;
  readonly #peer: Pick<Peer, 'send' | 'bufferedBytes'>;
  readonly #clock: Clock;
  readonly #faults: () => DemoFaults;
  #label: string | undefined;
  #heldChunks: Buffer[] = [];
  #closed = false;

  constructor(options: { peer: Pick<Peer, 'send' | 'bufferedBytes'>; clock: Clock; faults: () => DemoFaults }) {
    this.#peer = options.peer;
    this.#clock = options.clock;
    this.#faults = options.faults;
  }

  /** Results go to the channel `label` from now on; the last one that opens wins (protocol.md D). */
  useChannel(label: string): void {
    this.#label = label;
  }

  /** Stops waiting; nothing is sent any more. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when the message is handed over or discarded; never rejects for the channel's sake. */
  async send(message: ResultMessage): Promise<void> {
    const label = this.#label;
    if (label === undefined || !(await this.#drained(label))) {
      this.discarded += 1;
      return;
    }
    const faults = this.#faults();
    const text = hits(faults.malformedJsonFrames, message.frameId) ? '{"oops":' : JSON.stringify(message.json);
    if (hits(faults.textFrames, message.frameId)) {
      this.#peer.send(label, text);
      return;
    }
    const payload = await this.#payload(message, text);
    for (const chunk of this.#chunks(message.frameId, payload)) {
      // A refused chunk leaves a partial frame, as a failing send does upstream.
      if (!this.#peer.send(label, chunk)) return;
    }
  }

  async #payload(message: ResultMessage, text: string): Promise<Buffer> {
    const faults = this.#faults();
    const plain = Buffer.from(text);
    const broken = hits(faults.badGzipFrames, message.frameId);
    if (!broken && (!message.compressible || faults.noGzip === true)) return plain;
    const packed = await compress(plain, { level: GZIP_LEVEL });
    return broken ? packed.subarray(0, packed.length >> 1) : packed;
  }

  #chunks(frameId: number, payload: Buffer): Buffer[] {
    const faults = this.#faults();
    const held = this.#heldChunks;
    this.#heldChunks = [];
    if (hits(faults.partialFrames, frameId)) {
      const chunks = splitMessage(frameId, payload, smaller(payload, 2));
      return [...held, ...chunks.slice(0, chunks.length >> 1)];
    }
    const mixes = held.length > 0;
    if (!mixes && hits(faults.interleavedFrames, frameId)) {
      this.#heldChunks = splitMessage(frameId, payload, smaller(payload, INTERLEAVED_CHUNKS));
      return [];
    }
    return mixes
      ? mix(held, splitMessage(frameId, payload, smaller(payload, INTERLEAVED_CHUNKS)))
      : splitMessage(frameId, payload);
  }

  async #drained(label: string): Promise<boolean> {
    if (this.#peer.bufferedBytes(label) <= PAUSE_ABOVE_BYTES) return !this.#closed;
    const deadline = this.#clock.monotonicMs() + SEND_LIMIT_MS;
    while (!this.#closed && this.#clock.monotonicMs() < deadline) {
      if (this.#peer.bufferedBytes(label) < RESUME_BELOW_BYTES) return true;
      await new Promise<void>((resolve) => this.#clock.after(POLL_MS, resolve));
    }
    return false;
  }
}

/** A chunk size that cuts `payload` into at least `parts`, within the usual one. */
function smaller(payload: Buffer, parts: number): number {
  return Math.max(1, Math.min(FRAME_CHUNK_BYTES, Math.floor(payload.length / parts)));
}

/** Both lists backwards, one of each in turn. */
function mix(left: Buffer[], right: Buffer[]): Buffer[] {
  const first = left.toReversed();
  const second = right.toReversed();
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((chunk) => chunk !== undefined);
}
