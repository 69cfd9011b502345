/**
 * The 8-byte framing of the `video_upload` channel (protocol.md D.3), both sides: the client cuts a file, the server
 * puts it together within a limit. Refuses absurd headers; a message of at most one byte is a keepalive.
 */
import { SessionError } from '../errors';

/** Payload bytes of a full upload chunk, the size that the official clients use. */
export const UPLOAD_CHUNK_BYTES = 49_152;
const HEADER_BYTES = 8;
/** Chunks smaller than this on average are refused: their bookkeeping would outgrow their bytes. */
const MIN_AVERAGE_CHUNK_BYTES = 256;

/** One framed upload message; `payload` is copied. Throws INVALID_OPTION when index and total make no sense. */
export function uploadChunk(index: number, total: number, payload: Buffer): Buffer {
  if (!Number.isInteger(index) || !Number.isInteger(total) || index < 0 || index >= total || total > 0xffffffff) {
    throw new SessionError('INVALID_OPTION', `Upload chunk ${index} of ${total} does not exist: count chunks from 0.`);
  }
  const chunk = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  chunk.writeUInt32LE(index, 0);
  chunk.writeUInt32LE(total, 4);
  payload.copy(chunk, HEADER_BYTES);
  return chunk;
}

/** What one message did to an upload. */
export type UploadProgress =
  /** Send the same bytes back. */
  | { kind: 'keepalive' }
  | { kind: 'chunk'; received: number; total: number }
  /** The file, in order; the assembler has let go of it. */
  | { kind: 'complete'; chunks: Buffer[]; sizeBytes: number }
  /** A chunk that had come before, or one after the end. */
  | { kind: 'duplicate' };

/** The server's side: one file, held in memory up to `maxBytes` (default 512 MiB). */
export class UploadAssembler {
  readonly #maxBytes: number;
  readonly #chunks = new Map<number, Buffer>();
  #total: number | undefined;
  #bytes = 0;
  #complete = false;

  constructor(options: { maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? 512 * 1024 * 1024;
  }

  /** Bytes held. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Takes one message of the channel (a Buffer is kept until the file is whole). Throws MESSAGE_MALFORMED. */
  push(message: Buffer | string): UploadProgress {
    const data = typeof message === 'string' ? Buffer.from(message) : message;
    if (data.length <= 1) return { kind: 'keepalive' };
    if (data.length < HEADER_BYTES) throw malformed(`${data.length} bytes cannot hold a header`);
    const index = data.readUInt32LE(0);
    const total = data.readUInt32LE(4);
    this.#check(index, total);
    if (this.#complete || this.#chunks.has(index)) return { kind: 'duplicate' };
    const payload = data.subarray(HEADER_BYTES);
    if (this.#bytes + payload.length > this.#maxBytes)
      throw malformed(`the file is larger than ${this.#maxBytes} bytes`);
    this.#total = total;
    this.#chunks.set(index, payload);
    this.#bytes += payload.length;
    return this.#chunks.size < total ? { kind: 'chunk', received: this.#chunks.size, total } : this.#finish(total);
  }

  /** Lets go of what has come; the next chunk starts a new file. */
  reset(): void {
    this.#chunks.clear();
    this.#total = undefined;
    this.#bytes = 0;
    this.#complete = false;
  }

  #check(index: number, total: number): void {
    if (total === 0 || index >= total) throw malformed(`chunk ${index} of ${total} does not exist`);
    if (total > Math.ceil(this.#maxBytes / MIN_AVERAGE_CHUNK_BYTES)) throw malformed(`${total} chunks are too many`);
    if (this.#total !== undefined && this.#total !== total) {
      throw malformed(`the total changed from ${this.#total} to ${total}`);
    }
  }

  #finish(total: number): UploadProgress {
    const chunks = [...this.#chunks].sort(([left], [right]) => left - right).map(([, chunk]) => chunk);
    const sizeBytes = this.#bytes;
    this.reset();
    this.#total = total;
    this.#complete = true;
    return { kind: 'complete', chunks, sizeBytes };
  }
}

function malformed(what: string): SessionError {
  return new SessionError('MESSAGE_MALFORMED', `An upload message was dropped: ${what}. Send the file again.`, {
    details: { reason: what },
  });
}
