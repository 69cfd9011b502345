/**
 * The one error type of the library and its closed list of codes. Codes are API: flows branch on them, so renaming
 * one is a breaking change. Messages are for people: what failed, on what (redacted), what to do.
 */

/** Every code, with what it means. `docs/errors.md` gives cause, retry and remedy for each. */
export type SessionErrorCode =
  /** An option is missing, malformed or contradicts another. */
  | 'INVALID_OPTION'
  /** No usable FFmpeg program was found. */
  | 'FFMPEG_NOT_FOUND'
  /** FFmpeg ended or stopped delivering although it should be running. */
  | 'FFMPEG_FAILED'
  /** The camera, stream or file cannot be opened. */
  | 'SOURCE_UNREACHABLE'
  /** The camera refused the user name and password. */
  | 'SOURCE_UNAUTHORIZED'
  /** A file does not exist, is empty, or cannot be read. */
  | 'SOURCE_FILE_UNREADABLE'
  /** The source opened but holds no video that can be used. */
  | 'SOURCE_UNSUPPORTED'
  /** The source was delivering and then stopped. */
  | 'SOURCE_STALLED'
  /** The webcam is not plugged in, or not visible to Node-RED. */
  | 'WEBCAM_NOT_FOUND'
  /** Another program uses the webcam. */
  | 'WEBCAM_BUSY'
  /** The system does not let this program use the webcam. */
  | 'WEBCAM_FORBIDDEN'
  /** The inference server does not answer at its address. */
  | 'SERVER_UNREACHABLE'
  /** The server did not answer in time (504, or no answer at all). */
  | 'SERVER_TIMEOUT'
  /** The server answered with an error of its own (bare 500, 502). */
  | 'SERVER_ERROR'
  /** The server is busy or starting (503). */
  | 'SERVER_BUSY'
  /** The answer is not what the protocol promises. */
  | 'SERVER_ANSWER_INVALID'
  /** The address has no WebRTC route (405, or 404 of a plain web server). */
  | 'ROUTE_MISSING'
  /** The API key is missing or was rejected (401). */
  | 'API_KEY_REJECTED'
  /** The API key lacks a permission or is paused (403, 423). */
  | 'API_KEY_FORBIDDEN'
  /** No credits are left (402). */
  | 'CREDITS_EXCEEDED'
  /** Too many streams at once (429). */
  | 'QUOTA_EXCEEDED'
  /** The workspace, workflow or model does not exist (404). */
  | 'WORKFLOW_NOT_FOUND'
  /** The workflow cannot be compiled (400 or 500 with error_type). */
  | 'WORKFLOW_INVALID'
  /** An output name does not exist in the workflow (400 WebRTCConfigurationError). */
  | 'OUTPUT_UNKNOWN'
  /** The request body was refused (422). */
  | 'REQUEST_REFUSED'
  /** No TURN server gave a relay; without one the session goes on if other ways are allowed. */
  | 'TURN_FAILED'
  /** No network interface, address or free port fits the network settings. */
  | 'NO_LOCAL_ADDRESS'
  /** No connection came up after the answer. */
  | 'CONNECT_TIMEOUT'
  /** The connection was up and broke. */
  | 'CONNECTION_LOST'
  /** Everything is connected but nothing arrives any more. */
  | 'STALLED'
  /** The server ended the session because its time limit was reached. */
  | 'SESSION_TIME_LIMIT'
  /** A message on the data channel could not be understood; the session goes on. */
  | 'MESSAGE_MALFORMED'
  /** A video at an address could not be fetched: refused, broken off, too large, or no place for it. */
  | 'DOWNLOAD_FAILED'
  /** The upload of a file broke off. */
  | 'UPLOAD_FAILED'
  /** The worker thread of a session crashed, ran out of memory or stopped answering. */
  | 'WORKER_FAILED'
  /** `wait` ran out of time; the session goes on. */
  | 'WAIT_TIMEOUT'
  /** A message that carries a frame did not come back from the flow in time; the session goes on. */
  | 'NOT_ACKNOWLEDGED'
  /** The session is closed and cannot be used again. */
  | 'SESSION_CLOSED'
  /** The workflow failed on a frame; the session goes on. */
  | 'WORKFLOW_FAILED'
  /** A handler of the user threw; the session goes on. */
  | 'HANDLER_FAILED'
  /** A template names something that does not exist. */
  | 'TEMPLATE_UNRESOLVED'
  /** A fault of this software. */
  | 'INTERNAL';

/** What `SessionError` carries beside its message. */
export interface SessionErrorOptions {
  /** Whether trying again later can help. */
  retry?: boolean;
  /** What led to it; never shown to users without redaction. */
  cause?: unknown;
  /** How long to wait before the next try (the server's `Retry-After`, or a quota). */
  retryAfterMs?: number;
  /** Further facts for logs and Catch nodes, JSON only and free of secrets. */
  details?: Record<string, unknown>;
}

/** A `SessionError` as plain data, to cross a thread. */
export interface SessionErrorData {
  code: SessionErrorCode;
  message: string;
  retry: boolean;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
}

/** Every failure of the library. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: SessionErrorCode, message: string, options: SessionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  /** Plain data for `postMessage`; the cause stays behind. */
  toData(): SessionErrorData {
    return {
      code: this.code,
      message: this.message,
      retry: this.retry,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** The other end of `toData`. */
  static fromData(data: SessionErrorData): SessionError {
    return new SessionError(data.code, data.message, data);
  }

  /** Any thrown value as a `SessionError`; a stranger becomes `code` (default `INTERNAL`) with it as cause. */
  static from(thrown: unknown, code: SessionErrorCode = 'INTERNAL'): SessionError {
    if (thrown instanceof SessionError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new SessionError(code, message, { cause: thrown });
  }
}
