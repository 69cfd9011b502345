/** A session of a `webrtc-stream` node and what was taken for it, which one call gives back. */
import type { OutputChange } from '../../src/index';
import type { SessionLike } from './session-like';
import type { BaseOptions } from './session-options';
import type { WantedOutputs } from './wanted-outputs';

/** A session that only lacks its outputs. */
export interface PreparedSession {
  options: BaseOptions;
  /** Gives back what preparing took (the demo server). */
  release(): Promise<void>;
}

/** One that was opened. */
export interface RunningSession {
  session: SessionLike;
  prepared: PreparedSession;
  /** What the wires needed last. */
  wanted: WantedOutputs;
  /** Asked for by message since the start; wins over the wires. */
  asked: OutputChange;
}

/** Closes it and gives back what was prepared, also when closing fails. */
export async function discard({ session, prepared }: RunningSession): Promise<void> {
  try {
    await session.close();
  } finally {
    await prepared.release();
  }
}
