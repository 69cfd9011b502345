/**
 * What a dead FFmpeg wanted to say: an exit record in, one `SessionError` out. A table of FFmpeg's phrases; what no
 * row knows becomes FFMPEG_FAILED with FFmpeg's own last line.
 */
import { SessionError } from '../errors';
import type { SessionErrorCode } from '../errors';
import { redact } from '../redact';
import type { FfmpegExit } from './process';

/** A phrase of FFmpeg and what it means. */
export interface Symptom {
  /** Looked for in the whole tail. */
  pattern: RegExp;
  code: SessionErrorCode;
  /** Follows the name of the thing: "Camera x refused …". */
  text: string;
  /** Whether the same try can succeed later without anybody changing anything. */
  retry: boolean;
}

/** First match wins: causes before the general complaints that FFmpeg adds after them. */
const SYMPTOMS: readonly Symptom[] = [
  {
    pattern: /^cannot start: /m,
    code: 'FFMPEG_FAILED',
    text: 'could not be started: check that the program may be executed',
    retry: true,
  },
  {
    pattern: /SRT.*(Incorrect passphrase|BADSECRET)/i,
    code: 'SOURCE_UNAUTHORIZED',
    text: 'refused the passphrase: check the password',
    retry: false,
  },
  {
    pattern: /\b401\b|authorization failed|Unauthorized/i,
    code: 'SOURCE_UNAUTHORIZED',
    text: 'refused user and password (401): check both',
    retry: false,
  },
  {
    pattern: /\b403 Forbidden|access denied/i,
    code: 'SOURCE_UNAUTHORIZED',
    text: 'forbids access (403): check the rights of the user',
    retry: false,
  },
  {
    pattern: /\b404\b.{0,20}Not Found|\b454 Session Not Found/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'does not exist on its server (404): check the path in the URL',
    retry: true,
  },
  {
    pattern: /\b453 Not Enough Bandwidth|\b503 Service Unavailable|Server returned 5XX/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'is answered with an error by its server (5xx): it may have too many viewers or be starting',
    retry: true,
  },
  {
    pattern: /Server returned 4(?:\d\d|XX)|method \w+ failed: 4\d\d/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'was refused by its server (4xx): check the URL',
    retry: true,
  },
  {
    pattern: /Connection refused/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'refused the connection: check address and port, and that it is running',
    retry: true,
  },
  {
    pattern: /Connection to srt:\S* failed/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'did not accept the SRT connection: check address, port, passphrase and that it is sending',
    retry: true,
  },
  {
    pattern: /Failed to resolve hostname|Name or service not known|Temporary failure in name resolution/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'has a host name that cannot be resolved: check the name and the network',
    retry: true,
  },
  {
    pattern: /timed out|Operation timed out|ETIMEDOUT/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'did not answer in time: check address, network and that it is running',
    retry: true,
  },
  {
    pattern: /No route to host|Network is unreachable|Host is unreachable|Connection reset by peer|Broken pipe/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'cannot be reached over the network',
    retry: true,
  },
  {
    // FFmpeg's words for an RTSP server that accepts and then stays silent for longer than -timeout.
    pattern: /rtsps?:\/\/.*(?:\n.*)*Invalid data found when processing input|Invalid data found.*rtsps?:\/\//i,
    code: 'SOURCE_UNREACHABLE',
    text: 'did not answer as an RTSP server in time: check the port and that the camera is running',
    retry: true,
  },
  {
    pattern: /No such file or directory/i,
    code: 'SOURCE_FILE_UNREADABLE',
    text: 'does not exist',
    retry: false,
  },
  {
    pattern: /Permission denied/i,
    code: 'SOURCE_FILE_UNREADABLE',
    text: 'may not be read: check its permissions',
    retry: false,
  },
  {
    pattern: /Is a directory/i,
    code: 'SOURCE_FILE_UNREADABLE',
    text: 'is a folder, not a file',
    retry: false,
  },
  {
    pattern: /moov atom not found/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'has no index (moov atom not found): it is no video, was cut off, or is still being written',
    retry: false,
  },
  {
    pattern: /matches no streams|does not contain any stream|no video stream/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'holds no video',
    retry: false,
  },
  {
    pattern: /Protocol not found|not on whitelist|Unknown protocol/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'uses a protocol that is not allowed or that this FFmpeg lacks',
    retry: false,
  },
  {
    pattern: /dimensions not set|Could not find codec parameters/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'does not describe its video completely: it is damaged, or its first keyframe came too late',
    retry: true,
  },
  {
    pattern: /Unknown encoder|Encoder not found|Encoder \S+ not found/i,
    code: 'FFMPEG_FAILED',
    text: 'needs an encoder that this FFmpeg lacks: install a complete FFmpeg build',
    retry: false,
  },
  {
    pattern: /Unknown decoder|Decoder .*not found|no decoder found for/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'has a video codec that this FFmpeg cannot read',
    retry: false,
  },
  {
    pattern: /Unrecognized option|Option not found|Error splitting the argument list/i,
    code: 'FFMPEG_FAILED',
    text: 'needs an option that this FFmpeg does not have: install FFmpeg 5 or newer',
    retry: false,
  },
  {
    pattern: /Invalid data found when processing input/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'is not a video that FFmpeg can read',
    retry: false,
  },
  {
    pattern: /Cannot allocate memory|Out of memory/i,
    code: 'FFMPEG_FAILED',
    text: 'ran out of memory',
    retry: true,
  },
];

const CRASHES = new Set<string | null>(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL']);
/** The 7.0.2 static build crashes on any host name where /etc/nsswitch.conf lists more than files and dns [measured]. */
const CRASH_REMEDY =
  'Static builds such as ffmpeg-static can crash when they look up a host name: ' +
  "install the system's FFmpeg and name it in the session, or use an IP address.";

/**
 * The error behind `exit`. `what` names the thing for people, as the beginning of a sentence ("Camera
 * rtsp://cam1/live"); it is redacted here, as are `secrets`. FFmpeg's own lines go to `details.ffmpeg`.
 */
export function explain(exit: FfmpegExit, what: string, secrets: readonly string[] = []): SessionError {
  const name = redact(what, secrets);
  const tail = redact(exit.stderrTail, secrets);
  const details = { exitCode: exit.code, signal: exit.signal, ffmpeg: tail };
  const symptom = SYMPTOMS.find(({ pattern }) => pattern.test(tail));
  if (symptom) {
    return new SessionError(symptom.code, `${name} ${symptom.text}.`, { retry: symptom.retry, details });
  }
  if (CRASHES.has(exit.signal)) {
    return new SessionError('FFMPEG_FAILED', `${name}: FFmpeg crashed (${exit.signal ?? ''}). ${CRASH_REMEDY}`, {
      retry: true,
      details,
    });
  }
  return new SessionError('FFMPEG_FAILED', `${name}: FFmpeg ended unexpectedly (${ending(exit, tail)}).`, {
    retry: true,
    details,
  });
}

function ending(exit: FfmpegExit, tail: string): string {
  const how = exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `signal ${exit.signal}`;
  const line = lastLine(tail);
  return line === '' ? how : `${how}: ${line}`;
}

/** FFmpeg's last words, cut to a length for messages. */
export function lastLine(tail: string): string {
  return (tail.trimEnd().split('\n').at(-1) ?? '').slice(0, 300);
}
