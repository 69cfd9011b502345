/** The 12-byte header of the server's `inference` channel (protocol.md D.1): u32 frame id, index, total, little-endian. */

/** Payload bytes of a full chunk: the server's own size, below every SCTP message limit. */
export const FRAME_CHUNK_BYTES = 49_152;
export const FRAME_HEADER_BYTES = 12;

/** The numbers in front of a chunk's payload. */
export interface FrameChunkHeader {
  frameId: number;
  index: number;
  total: number;
}

/**
 * Cuts a payload (JSON or gzip of it) into framed messages for the server's side. An empty payload gives one message.
 * The results are copies.
 */
export function splitMessage(frameId: number, payload: Buffer, maxChunkBytes = FRAME_CHUNK_BYTES): Buffer[] {
  const total = Math.max(1, Math.ceil(payload.length / maxChunkBytes));
  return Array.from({ length: total }, (_, index) => {
    const part = payload.subarray(index * maxChunkBytes, (index + 1) * maxChunkBytes);
    const chunk = Buffer.allocUnsafe(FRAME_HEADER_BYTES + part.length);
    chunk.writeUInt32LE(frameId >>> 0, 0);
    chunk.writeUInt32LE(index, 4);
    chunk.writeUInt32LE(total, 8);
    part.copy(chunk, FRAME_HEADER_BYTES);
    return chunk;
  });
}

/** The header of a message of at least 12 bytes, unchecked. */
export function readFrameHeader(message: Buffer): FrameChunkHeader {
  return { frameId: message.readUInt32LE(0), index: message.readUInt32LE(4), total: message.readUInt32LE(8) };
}
