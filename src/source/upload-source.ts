/**
 * A file that is sent whole (protocol.md D.3): its path in, payloads of the upload channel out. One payload is in
 * memory at a time. Refuses what is missing, empty, unreadable or not a file.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { UPLOAD_CHUNK_BYTES } from '../channel/upload-chunks';
import { SessionError } from '../errors';
import { checkSourceFile } from './source-file';
import type { UploadSpec } from './spec';

/** A file ready to be sent. */
export interface UploadSource {
  readonly sizeBytes: number;
  readonly totalChunks: number;
  /** Of the video; null where nobody has looked, or the file does not say. */
  readonly durationMs: number | null;
  /**
   * The payloads in order, `totalChunks` of them, each its own buffer. May be asked for again: a new upload starts at
   * the beginning. Throws UPLOAD_FAILED when the file shrinks or breaks off, SESSION_CLOSED once closed.
   */
  chunks(): AsyncIterable<Buffer>;
  /** Lets go of the file. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Rejects with SOURCE_FILE_UNREADABLE. */
export async function openUpload(spec: UploadSpec): Promise<UploadSource> {
  await checkSourceFile(spec.path);
  const file = await openFile(spec.path);
  // The size that counts is that of the file now open, whatever its path points to by then.
  const { size: sizeBytes } = await file.stat();
  if (sizeBytes === 0) {
    await file.close();
    throw new SessionError('SOURCE_FILE_UNREADABLE', `The file ${spec.path} is empty.`);
  }
  let closing: Promise<void> | undefined;
  const isClosed = () => closing !== undefined;
  return {
    sizeBytes,
    totalChunks: Math.ceil(sizeBytes / UPLOAD_CHUNK_BYTES),
    durationMs: null,
    chunks: () => readChunks({ file, sizeBytes, path: spec.path, isClosed }),
    close: () => (closing ??= file.close().catch(noop)),
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw new SessionError('SOURCE_FILE_UNREADABLE', `The file ${path} cannot be opened.`, { cause });
  }
}

interface Reading {
  file: FileHandle;
  sizeBytes: number;
  path: string;
  isClosed: () => boolean;
}

async function* readChunks({ file, sizeBytes, path, isClosed }: Reading): AsyncGenerator<Buffer, void, undefined> {
  for (let offset = 0; offset < sizeBytes; offset += UPLOAD_CHUNK_BYTES) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(UPLOAD_CHUNK_BYTES, sizeBytes - offset));
    const bytesRead = isClosed() ? 0 : await readFully(file, chunk, offset).catch(() => -1);
    if (isClosed()) throw new SessionError('SESSION_CLOSED', `The upload of ${path} was stopped.`);
    if (bytesRead < chunk.length) {
      const place = `${offset + Math.max(0, bytesRead)} of ${sizeBytes} bytes`;
      throw new SessionError('UPLOAD_FAILED', `The file ${path} could not be read to its end (${place}).`);
    }
    yield chunk;
  }
}

/** A single read may give less than asked for. */
async function readFully(file: FileHandle, target: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function noop(): void {
  // A handle that cannot be closed is closed already.
}
