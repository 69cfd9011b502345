/**
 * Notices that nothing comes any more: a counter of received packets that stands still for a number of looks in a row.
 * Looks are counted, not time, so that a blocked event loop, which reads no packets either, is not taken for silence.
 */
import type { Clock } from '../clock';

/** A living connection brings a connectivity check every 4 to 6 s (RFC 7675 §5.1), so two lost ones are forgiven. */
const LOOKS = 8;

/** What is watched. */
export interface SilenceWatchOptions {
  clock: Clock;
  /** Total of packets so far. */
  received(): number;
  silenceTimeoutMs: number;
  /** At most once. */
  onSilence(): void;
}

/** Starts to watch; the result stops it. */
export function watchSilence(options: SilenceWatchOptions): () => void {
  let last = options.received();
  let silentLooks = 0;
  let cancel: () => void;
  const look = (): void => {
    const now = options.received();
    silentLooks = now === last ? silentLooks + 1 : 0;
    last = now;
    if (silentLooks >= LOOKS) options.onSilence();
    else schedule();
  };
  const schedule = (): void => {
    cancel = options.clock.after(options.silenceTimeoutMs / LOOKS, look);
  };
  schedule();
  return () => cancel();
}
