/** What a video can come from. A new kind is one member here, one file beside this and one line in `open-source.ts`. */

/** FFmpeg's generated picture: moving squares on a plain ground, the frame number in its pixels. */
export interface TestPatternSpec {
  kind: 'test-pattern';
  /** Default 640. */
  width?: number;
  /** Default 360. */
  height?: number;
  /** Default 10. */
  fps?: number;
  /** Ends after so many frames; left out = runs until stopped. */
  frames?: number;
}

/** A camera, a network stream, or a file played in real time. */
export interface StreamSpec {
  kind: 'stream';
  /** rtsp, rtsps, rtmp, rtmps, http, https URL, or the path of a file. Never holds user or password. */
  url: string;
  username?: string;
  password?: string;
  /** `auto` copies H.264 that qualifies; `encode` always encodes to VP8. Default `auto`. */
  video?: 'auto' | 'encode';
  /** Files only: start again at the end. Default false. */
  loop?: boolean;
}

/** A camera of this machine. */
export interface WebcamSpec {
  kind: 'webcam';
  /** Linux: `/dev/video0`; macOS and Windows: the name, as `listWebcams` gives it. Left out or empty: the first one. */
  device?: string;
  /** Both or none; left out: 1280x720 or what comes next below it. */
  width?: number;
  height?: number;
  /** Left out: what the camera likes. It may deliver another rate in any case. */
  fps?: number;
  /** `auto` copies the camera's own H.264 if it has it; `encode` always encodes to VP8. Default `auto`. */
  video?: 'auto' | 'encode';
}

/** A file sent whole over the data channel. */
export interface UploadSpec {
  kind: 'upload';
  /** A path, or an http(s) URL, which is downloaded first. Never holds user or password. */
  path: string;
  /** For the URL (HTTP Basic). */
  username?: string;
  password?: string;
  /** Keeps what was downloaded for the next time, under the name that the official SDK gives it. Default true. */
  cache?: boolean;
  /** Largest file, downloaded or not. Default 2 GiB. */
  maxBytes?: number;
  /** Where processed pictures come back: `data` (base64 in messages, default) or `video` (a video track). */
  frames?: 'data' | 'video';
}

/** A camera that the server opens itself; its video never passes this machine. */
export interface PulledSpec {
  /** RTSP over TCP, or JPEGs over HTTP. */
  kind: 'server-rtsp' | 'server-mjpeg';
  /** rtsp or rtsps, http or https, as the server reaches it. Never holds user or password. */
  url: string;
  username?: string;
  password?: string;
}

/** Pictures that the program hands in with `session.sendFrame`. */
export interface FramesSpec {
  kind: 'frames';
  /** About how many will come a second: told to the server and, above 10, to the encoder. */
  fps?: number;
}

/** Every kind of source. */
export type SourceSpec = FramesSpec | TestPatternSpec | StreamSpec | WebcamSpec | UploadSpec | PulledSpec;
