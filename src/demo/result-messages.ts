/** The JSON of result messages (protocol.md D.1). Pure. */
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { IncomingFrame } from './frame-intake';

/** What a frame's message is made of. */
export interface FrameResult {
  frameId: number;
  frame: IncomingFrame;
  declaredFps: number | null;
  data: Record<string, unknown> | null;
  errors: string[];
}

/** The message of one frame. */
export function frameMessage(result: FrameResult): Record<string, unknown> {
  return {
    serialized_output_data: result.data,
    video_metadata: {
      ...frameMetadata(result),
      width: result.frame.width,
      height: result.frame.height,
    },
    errors: result.errors,
    processing_complete: false,
    termination_reason: null,
  };
}

/** The message after the last frame; `last` is undefined when there was none. */
export function completionMessage(
  last: FrameResult | undefined,
  options: { nowMs: number; declaredFps: number | null; reason: 'timeout_reached' | null },
): Record<string, unknown> {
  const empty = {
    frame_id: 0,
    received_at: localIsoTime(options.nowMs),
    pts: null,
    time_base: null,
    declared_fps: options.declaredFps,
    measured_fps: null,
  };
  return {
    serialized_output_data: null,
    video_metadata: last === undefined ? empty : frameMetadata(last),
    errors: [],
    processing_complete: true,
    termination_reason: options.reason,
  };
}

function frameMetadata({ frameId, frame, declaredFps }: FrameResult): Record<string, unknown> {
  return {
    frame_id: frameId,
    received_at: localIsoTime(frame.receivedAtMs),
    pts: frame.picture.pts90k,
    time_base: 1 / VIDEO_CLOCK_HZ,
    declared_fps: declaredFps,
    measured_fps: null,
  };
}

/** Server-local time without a zone, microseconds included, as Python's `isoformat` writes it. */
export function localIsoTime(epochMs: number): string {
  const shifted = new Date(epochMs - new Date(epochMs).getTimezoneOffset() * 60_000);
  const micros = Math.floor((epochMs - Math.floor(epochMs)) * 1_000);
  return shifted.toISOString().replace('Z', String(micros).padStart(3, '0'));
}
