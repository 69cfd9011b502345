/** Sends a file over a data channel, payload by payload, waiting while too much is outstanding. */
import { uploadChunk } from '../channel/upload-chunks';
import type { Clock } from '../clock';
import { SessionError } from '../errors';

/** Above this the upload pauses, as the official client does (protocol.md D.3). */
const BUFFER_BYTES = 262_144;
const POLL_MS = 5;

/** The channel. */
export interface ChunkChannel {
  clock: Clock;
  /** The connection has ended. */
  isOver(): boolean;
  bufferedBytes(): number;
  /** False: the channel is not open. */
  send(chunk: Buffer): boolean;
  onProgress(sentChunks: number): void;
}

/** Rejects with `UPLOAD_FAILED` when the channel closes under way; ends quietly when the connection is over. */
export async function sendChunks(
  file: { totalChunks: number; chunks(): AsyncIterable<Buffer> },
  channel: ChunkChannel,
): Promise<void> {
  let sent = 0;
  for await (const payload of file.chunks()) {
    while (!channel.isOver() && channel.bufferedBytes() > BUFFER_BYTES) {
      await new Promise<void>((resolve) => channel.clock.after(POLL_MS, resolve));
    }
    if (channel.isOver()) return;
    if (!channel.send(uploadChunk(sent, file.totalChunks, payload))) {
      throw new SessionError('UPLOAD_FAILED', 'The upload channel closed before the whole file was sent.');
    }
    sent += 1;
    channel.onProgress(sent);
  }
}
