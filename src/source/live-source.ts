/** What every source of live video is to those who use it. One open source feeds none, one or several sinks. */
import type { Clock } from '../clock';
import type { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { AccessUnit } from '../media/video';
import type { SourceFacts } from './source-facts';

/** One consumer. What it throws is caught and counted; the others do not notice. */
export interface SourceSink {
  /** Begins with a keyframe; timestamps grow strictly. The receiver owns the unit. */
  onAccessUnit(unit: AccessUnit): void;
  /** Called before the first access unit, and again whenever something changes. */
  onFacts(facts: SourceFacts): void;
}

/** Counters since the source was opened. */
export interface SourceStats {
  /** Pictures read from the camera or file. */
  unitsRead: number;
  /** Pictures left out: the encoder could not keep up, or they could not be used. */
  unitsDropped: number;
  /** Throws of sinks. */
  sinkFaults: number;
}

/** An open source. */
export interface LiveSource {
  /** Resolves when it is known how the video leaves; rejects with a SessionError SOURCE_*, INVALID_OPTION or FFMPEG_*. */
  readonly opened: Promise<SourceFacts>;
  /** Null: the file or stream is at its end, or `close` was called. Never rejects. */
  readonly ended: Promise<{ error: SessionError | null }>;
  readonly stats: Readonly<SourceStats>;
  /**
   * Starts the sink at a keyframe: of copied video at the last one, where no other sink listens, of encoded video at a new
   * one. The result stops it. Files and the test pattern begin with the first sink.
   */
  attach(sink: SourceSink): () => void;
  /** A copied source goes on as VP8, without being opened anew; nothing happens if it is encoded already. */
  encodeInstead(reason: string): void;
  /** Ends every child process, within about 5 s. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** What a source needs from its surroundings. */
export interface SourceContext {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  /** A child process came or went. */
  onChild?: (pid: number, running: boolean) => void;
}
