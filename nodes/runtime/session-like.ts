/** The part of a `WebRTCSession` that a `webrtc-stream` node needs, so that tests can script one. */
import type {
  DataEvent,
  EndEvent,
  FrameEvent,
  ManualFrame,
  PhaseEvent,
  RolloverEvent,
  SessionChange,
  SessionError,
  StatsEvent,
} from '../../src/index';

/** What a runner calls of a `WebRTCSession`. */
export interface SessionLike {
  onFrame(handler: (event: FrameEvent) => unknown, options: { awaited: () => boolean }): unknown;
  onData(handler: (event: DataEvent) => unknown): unknown;
  onPhase(handler: (event: PhaseEvent) => unknown): unknown;
  onStats(handler: (event: StatsEvent) => unknown): unknown;
  onRollover(handler: (event: RolloverEvent) => unknown): unknown;
  onWarning(handler: (error: SessionError) => unknown): unknown;
  onEnd(handler: (event: EndEvent) => unknown): unknown;
  start(): void;
  sendFrame(frame: ManualFrame): void;
  /** May throw. */
  reconfigure(change: SessionChange): void;
  requestPicture(id: string): void;
  close(): Promise<void>;
}
