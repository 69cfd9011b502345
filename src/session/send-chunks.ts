/** Sends a file over a data channel, payload by payload, waiting while too much is outstanding. */
import { uploadChunk } from '../channel/upload-chunks';
import type { Clock } from '../clock';
import { SessionError } from '../errors';

/** Above this the upload pauses, as the official client does (protocol.md D.3). */
const BUFFER_BYTES = 262_144;
const POLL_MS = 2;

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
    if (channel.bufferedBytes() > BUFFER_BYTES) await emptied(channel);
    if (channel.isOver()) return;
    if (!channel.send(uploadChunk(sent, file.totalChunks, payload))) {
      throw new SessionError('UPLOAD_FAILED', 'The upload channel closed before the whole file was sent.');
    }
    sent += 1;
    channel.onProgress(sent);
  }
}

/**
 * Until nothing waits any more, and not only until less does: werift lets go of what it has sent, and of those who
 * wait for it, only when its queue is empty, and asks each of them at every acknowledgement. A file of 40 MB took 14 s
 * that takes 3 s with pauses.
 */
async function emptied(channel: ChunkChannel): Promise<void> {
  while (!channel.isOver() && channel.bufferedBytes() > 0) {
    await new Promise<void>((resolve) => channel.clock.after(POLL_MS, resolve));
  }
}
