/** Session options -> what state machine and watchdog need to know of them, defaults filled in. */
import { isPulled } from '../source/pulled-address';
import { wantsVideoTrack } from './initialise';
import type { SessionOptions } from './options';
import type { SessionSetup } from './state';
import type { WatchdogLimits } from './watchdog';

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

/** Pictures that are handed in may be hours apart: their silence is no fault. */
export function watchdogLimits({ recovery, source }: SessionOptions): WatchdogLimits {
  return source.kind === 'frames' ? { stallTimeoutMs: 0, startTimeoutMs: 0 } : (recovery ?? {});
}
