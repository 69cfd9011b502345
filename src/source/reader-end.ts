/** What the end of a reading FFmpeg means. Pure: its exit record in, the error or the regular end (null) out. */
import { SessionError } from '../errors';
import { explain } from '../ffmpeg/failure';
import type { FfmpegExit } from '../ffmpeg/process';

export interface ReaderEnd {
  exit: FfmpegExit;
  /** For people, the beginning of a sentence: "Camera rtsp://cam1/live". */
  what: string;
  secrets: readonly string[];
  /** Cameras have no end; files do. */
  live: boolean;
  /** Pictures had come. */
  delivered: boolean;
}

/** FFmpeg's words for a cut connection; it ends with exit code 0 all the same. */
const CUT_OFF =
  /timed out|Failed to reload playlist|Connection refused|reset by peer|ends prematurely|Input\/output error|Broken pipe|unreachable|No route/i;

/** Null: the regular end of a file. */
export function readerEnd(end: ReaderEnd): SessionError | null {
  const { exit, what, secrets, live, delivered } = end;
  const cause = explain(exit, what, secrets);
  if (exit.signal !== null) return cause;
  const regular = exit.code === 0;
  if (delivered && (live || (regular && CUT_OFF.test(exit.stderrTail)))) return stopped(end, cause);
  if (!regular) return cause;
  if (delivered) return null;
  if (cause.code !== 'FFMPEG_FAILED') return cause;
  if (live) {
    return new SessionError('SOURCE_UNREACHABLE', `${what} ended before its first picture: check the camera.`, {
      retry: true,
      ...(cause.details && { details: cause.details }),
    });
  }
  return new SessionError('SOURCE_UNSUPPORTED', `${what} holds no picture.`);
}

function stopped({ exit, what }: ReaderEnd, cause: SessionError): SessionError {
  const how = exit.stderrTail === '' ? 'it ended the stream' : 'the connection broke';
  return new SessionError('SOURCE_STALLED', `${what} stopped delivering (${how}): check the camera and the network.`, {
    retry: true,
    cause,
    ...(cause.details && { details: cause.details }),
  });
}
