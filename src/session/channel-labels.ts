/** The data channels of a session. */
import type { SessionOptions } from './options';

/** Label of the control and result channel (protocol.md D). */
export const RESULTS = 'inference';
/** Label of the file channel (protocol.md D.3). */
export const UPLOAD = 'video_upload';

export function channelsOf({ source }: Pick<SessionOptions, 'source'>): string[] {
  return source.kind === 'upload' ? [RESULTS, UPLOAD] : [RESULTS];
}
