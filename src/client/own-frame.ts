/** A picture of the caller in, one that may be transferred to a thread out. Refuses what no `frames` source takes. */
import { SessionError } from '../errors';
import { manualFrameSize } from '../source/manual-frame';
import type { ManualFrame } from '../source/manual-frame';
import type { SourceSpec } from '../source/spec';

/** A copy, for the caller's bytes must not vanish; with size and capture time. Throws INVALID_OPTION. */
export function ownFrame(frame: ManualFrame, source: SourceSpec): ManualFrame {
  if (source.kind !== 'frames') {
    throw new SessionError('INVALID_OPTION', 'This session has a source of its own: make one with "frames".');
  }
  const { format, capturedAtMs = Date.now() } = frame;
  const size = manualFrameSize(frame);
  const data = Buffer.allocUnsafeSlow(frame.data.byteLength);
  data.set(frame.data);
  return { data, format, capturedAtMs, ...size };
}
