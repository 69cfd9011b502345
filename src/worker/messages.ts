/** What crosses between the main thread and a worker. Ids are given by the main thread, unique in a worker. */
import type { DemoServerOptions } from '../demo/demo-server';
import type { SessionErrorData } from '../errors';
import type { SessionEvent } from '../session/events';
import type { SessionChange, SessionOptions } from '../session/options';
import type { ManualFrame } from '../source/manual-frame';

/** What a worker knows before its first message. */
export interface WorkerSetup {
  /** As whom it is started for named it; undefined: found by itself. */
  ffmpegPath: string | undefined;
}

/** Main thread -> worker. */
export type ToWorker =
  | { kind: 'open-session'; id: number; options: SessionOptions }
  | { kind: 'start'; id: number }
  | { kind: 'stop'; id: number }
  | { kind: 'reconfigure'; id: number; change: SessionChange }
  | { kind: 'request-picture'; id: number; picture: string }
  | { kind: 'acknowledge'; id: number; frameId: number }
  | { kind: 'send-frame'; id: number; frame: ManualFrame }
  | { kind: 'grant'; id: number; of: 'frame' | 'data'; count: number }
  | { kind: 'open-demo'; id: number; options: Omit<DemoServerOptions, 'onChild'> }
  | { kind: 'close-demo'; id: number }
  | { kind: 'ping' }
  /** No session is left: end the thread by running out of work. */
  | { kind: 'exit' };

/** Worker -> main thread. */
export type FromWorker =
  | { kind: 'event'; id: number; event: SessionEvent }
  | { kind: 'demo-ready'; id: number; url: string }
  | { kind: 'demo-failed'; id: number; error: SessionErrorData }
  | { kind: 'demo-closed'; id: number }
  /** A child of this worker came or went; the main thread kills what a dead worker leaves behind. */
  | { kind: 'child'; pid: number; running: boolean }
  | { kind: 'pong' };
