/** Session options -> what the state machine needs to know of them, defaults filled in. */
import { isPulled } from '../source/pulled-address';
import { wantsVideoTrack } from './initialise';
import type { SessionOptions } from './options';
import type { SessionSetup } from './state';

/** Pure. */
export function sessionSetup(options: SessionOptions): SessionSetup {
  const { recovery, source } = options;
  return {
    upload: source.kind === 'upload',
    pulled: isPulled(source),
    videoTrack: wantsVideoTrack(options),
    recovery: {
      enabled: recovery?.enabled ?? true,
      baseDelayMs: recovery?.baseDelayMs ?? 1_000,
      maxDelayMs: recovery?.maxDelayMs ?? 60_000,
    },
  };
}
