/**
 * Brings a sink that comes in the middle of a group of pictures up to date: what came since the last keyframe goes out
 * several times as fast as it came, until the sink has all of it. Cameras make a keyframe every one to four seconds,
 * and cannot be asked for one; without this the first picture waits for it.
 */
import type { Clock } from '../clock';
import { guard } from '../guard';
import type { AccessUnit } from '../media/video';
import type { GopBuffer, TimedPacket } from './gop-buffer';
import type { LateSinks } from './sink-hub';

/** Enough to close up quickly; a burst would overflow the server's socket. */
const SPEED = 4;
const USUAL_FPS = 15;
/** Twelve megabits for half a second and more is not for every line: then the next keyframe is waited for. */
const MAX_BYTES = 1_500_000;

/** What is sent, and to whom. */
export interface CatchUpOptions {
  /** What came since the last keyframe; grows while pictures come. */
  gop: Pick<GopBuffer, 'packets' | 'bytes'>;
  /** False once nothing is copied any more. */
  isCopying(): boolean;
  /** Undefined for a packet that holds no picture. */
  unitOf(packet: TimedPacket): AccessUnit | undefined;
  sinks: LateSinks;
  fps: number | null;
  clock: Clock;
  onFault: (thrown: unknown) => void;
}

/** Ends by itself: when the sinks have everything, have begun at a later keyframe, or are gone. */
export function catchUp(options: CatchUpOptions): void {
  const { gop, sinks, clock, fps } = options;
  if (gop.bytes > MAX_BYTES) return;
  const { packets } = gop;
  const stepMs = 1_000 / (fps ?? USUAL_FPS) / SPEED;
  let next = 0;
  const step = (): void => {
    const packet = packets[next];
    const isOver = gop.packets !== packets || !options.isCopying();
    if (packet === undefined || isOver) return;
    next += 1;
    const unit = options.unitOf(packet);
    if (unit !== undefined && !sinks.deliver(unit)) return;
    // Nothing comes between this and the next picture of the source, which goes to all who have begun.
    if (next === packets.length) sinks.begin();
    else clock.after(stepMs, guard(options.onFault, step));
  };
  step();
}
