/** What a session tells: plain data, so that it crosses from a worker thread as it is. */
import type { FrameMetadata } from '../channel/message';
import type { SessionErrorData } from '../errors';
import type { PictureFit, PictureFormat, VideoCodec } from '../media/video';
import type { IcePath } from '../peer/peer';
import type { SourceFacts } from '../source/source-facts';
import type { RolloverReason } from './rollover-plan';

/** The fine state of a session, from which badges are made. */
export type SessionPhase =
  | 'not_started'
  | 'connecting'
  /** Connected; the first result is awaited (a model may be loading). */
  | 'warming_up'
  | 'live'
  /** A file is on its way to this machine. */
  | 'downloading'
  /** A file is on its way to the server. */
  | 'uploading'
  /** The file has arrived; results come in. */
  | 'processing'
  /** Lost; waiting for the next try, or trying. */
  | 'reconnecting'
  /** Ended normally: the source or the file is at its end. */
  | 'complete'
  | 'failed'
  /** Stopped by its user. */
  | 'closed';

/** What is known of a session beside its phase; null where it is not known, or does not exist. */
export interface SessionFacts {
  /** What the server says of itself (`/info`). */
  serverVersion: string | null;
  /** Of the video that is sent. */
  codec: VideoCodec | null;
  /** See `SourceFacts`. */
  path: SourceFacts['path'] | null;
  /** Why the video is not sent as it comes. */
  reason: string | null;
  /** The way of the connection in use; null while there is none. */
  ice: IcePath | null;
  /** What the server gave as the reason when it ended the newest session, such as `timeout_reached`. */
  terminationReason: string | null;
}

/** A change of phase, or of what is worth showing within one. */
export interface PhaseEvent {
  kind: 'phase';
  phase: SessionPhase;
  previous: SessionPhase;
  /** Epoch milliseconds. */
  at: number;
  /** Downloading and uploading: 0 to 100, null while unknown. */
  percent: number | null;
  /** Downloading and uploading: what is left at the speed so far, whole seconds in milliseconds; null while unknown. */
  remainingMs: number | null;
  /** Reconnecting: number of the try, from 1. */
  attempt: number;
  /** Reconnecting: pause before the next try. */
  retryInMs: number | null;
  /** Why it failed or reconnects. */
  error: SessionErrorData | null;
  /** Live: results a second, measured here. */
  fps: number | null;
  session: SessionFacts;
}

/** A frame's way in epoch milliseconds; null where unknown. */
export interface FrameTiming {
  capturedAt: number | null;
  sentAt: number | null;
  receivedAt: number | null;
  deliveredAt: number | null;
}

/** The workflow outputs of one frame. */
export interface DataEvent {
  kind: 'data';
  /** `serialized_output_data` as the server wrote it; null when only metadata was asked for. */
  outputs: Record<string, unknown> | null;
  metadata: FrameMetadata;
  timing: FrameTiming;
  /** Messages since the last one that were left out because the user was slower. */
  skipped: number;
  /** Batch mode: the server waits until the handlers are done, promises that they return included. */
  awaited?: true;
}

/** A processed picture; one event for each picture that is made of a frame. */
export interface FrameEvent {
  kind: 'frame';
  /** Which of the session's pictures: the id in `SessionOptions.pictures`, or the format. */
  picture: string;
  format: PictureFormat;
  /** Crosses by transfer: the receiver owns it. */
  data: Uint8Array;
  width: number;
  height: number;
  /** The frame's size before it was made to fit: what coordinates in `outputs` are about. */
  source: PictureFit;
  /** Frames since the last picture of this kind that none was made of, or whose picture was left out: see `framesDropped`. */
  skipped: number;
  /** Null when no data message belongs to it. */
  metadata: FrameMetadata | null;
  /** The outputs of this very frame; null when none were asked for or none came. */
  outputs: Record<string, unknown> | null;
  /** Only where a model runs: what it found in this very frame, verbatim; null when that never came. */
  predictions?: unknown;
  timing: FrameTiming;
  /** As in `DataEvent`, for handlers that were registered as awaited. */
  awaited?: true;
}

/** Something went wrong that did not end the session. */
export interface WarningEvent {
  kind: 'warning';
  error: SessionErrorData;
}

/** Counters since start, once a second while running. */
export interface StatsEvent {
  kind: 'stats';
  source: SourceFacts | null;
  /** Pictures read from the source, or handed in. */
  framesRead: number;
  /** Pictures of the source that were left out: queue or encoder were full, or they could not be used. */
  framesSkipped: number;
  framesSent: number;
  /** Encoded, but not sent: the connection was not up, or one before was too large and a keyframe was waited for. */
  framesUnsent: number;
  framesReceived: number;
  /** Pictures handed to the user. */
  framesDelivered: number;
  /** Pictures replaced by newer ones because the user was slower. */
  framesDropped: number;
  /** Received but not decodable. */
  framesUndecodable: number;
  dataReceived: number;
  dataDropped: number;
  messagesMalformed: number;
  /** Pictures delivered with their data message. */
  paired: number;
  packetsLost: number;
  bytesSent: number;
  bytesReceived: number;
  reconnects: number;
  /** Sessions that were replaced by a fresh one before their end. */
  rollovers: number;
  /** In one event each `statsIntervalMs`; null in the others. */
  interval: IntervalStats | null;
}

/** Half of the latencies were below `p50`, 95 of 100 below `p95`; milliseconds. */
export interface LatencyPercentiles {
  p50: number;
  p95: number;
}

/** What was measured since the last of its kind. `frames` and `dropped` count this time only. */
export interface IntervalStats {
  /** Epoch milliseconds. */
  at: number;
  /** As long as it really took. */
  intervalMs: number;
  /** `answered`: data messages, of which there is one a processed frame; `pictures` came as video. */
  frames: { read: number; sent: number; answered: number; pictures: number; delivered: number };
  /** By what. The server's share is what was sent and not answered: a few of them may still be under way. */
  dropped: {
    /** `StatsEvent.framesSkipped`. */
    source: number;
    /** `StatsEvent.framesUnsent`. */
    connection: number;
    server: number;
    /** `StatsEvent.framesUndecodable`. */
    decoder: number;
    /** Pictures and data messages for which the user was too slow. */
    pictures: number;
    data: number;
  };
  /** Answered frames a second. */
  fps: number;
  bitrate: { sentBps: number; receivedBps: number };
  packetsLost: number;
  /** Between this machine and the other end of the connection. */
  roundTripMs: number | null;
  /** Depths at the end: pictures in the decoder, pictures that wait for their data, and what waits for the user. */
  waiting: { decoding: number; pairing: number; pictures: number; data: number };
  /** From the capture of a frame (or its sending, where that is all that is known) to what came of it being let out. */
  latencyMs: { data: LatencyPercentiles | null; pictures: LatencyPercentiles | null };
  /** Of the session's FFmpegs, 100 for a whole core; null where the system does not tell (no /proc). */
  childrenCpuPercent: number | null;
}

/**
 * A fresh session has taken over before the old one ended. What the server counts begins anew: `frame_id`, trackers,
 * everything that blocks of the workflow remember. Results of the new session follow.
 */
export interface RolloverEvent {
  kind: 'rollover';
  /** Epoch milliseconds. */
  at: number;
  reason: RolloverReason;
  /** For how long both sessions ran. */
  overlapMs: number;
}

/** A child process came or went: the main thread must know, to kill it when the worker dies. */
export interface ChildEvent {
  kind: 'child';
  pid: number;
  running: boolean;
}

/** A picture of `sendFrame` was taken: another one may come. */
export interface FrameTakenEvent {
  kind: 'frame-taken';
}

/** The session is over; the last event. */
export interface EndEvent {
  kind: 'end';
  /** `complete`: normal end of source; `stopped`: closed by its user; `failed`: see error. */
  outcome: 'complete' | 'stopped' | 'failed';
  /** The server's `termination_reason`, if any. */
  terminationReason: string | null;
  error: SessionErrorData | null;
}

/** Everything a session tells. */
export type SessionEvent =
  | PhaseEvent
  | DataEvent
  | FrameEvent
  | WarningEvent
  | StatsEvent
  | RolloverEvent
  | ChildEvent
  | FrameTakenEvent
  | EndEvent;
