/**
 * Notices that nothing comes any more: a counter of received packets that stands still for a number of looks in a row.
 * Looks are counted, not time, so that a blocked event loop, which reads no packets either, is not taken for silence.
 */
import type { Clock } from '../clock';

/** A living connection brings a connectivity check every 4 to 6 s (RFC 7675 §5.1), so two lost ones are forgiven. */
const LOOKS = 8;
/** After a sleep of the machine most connections are dead, and one that lives brings a check within that time. */
const LOOKS_AFTER_SLEEP = 3;
/** So many looks after it are impatient ones: the first may find what came before the sleep. */
const IMPATIENT_LOOKS = 5;

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
  let impatient = 0;
  /** Of the last look, by both clocks: a sleeping machine may stop one of them. */
  let times = timesOf(options.clock);
  const look = (): void => {
    const now = options.received();
    const before = times;
    times = timesOf(options.clock);
    const slept = times.some((time, index) => time - (before[index] ?? time) >= options.silenceTimeoutMs);
    impatient = slept ? IMPATIENT_LOOKS : Math.max(0, impatient - 1);
    silentLooks = now === last && !slept ? silentLooks + 1 : 0;
    last = now;
    if (silentLooks >= (impatient > 0 ? LOOKS_AFTER_SLEEP : LOOKS)) options.onSilence();
    else schedule();
  };
  const schedule = (): void => {
    cancel = options.clock.after(options.silenceTimeoutMs / LOOKS, look);
  };
  schedule();
  return () => cancel();
}

function timesOf(clock: Clock): [number, number] {
  return [clock.monotonicMs(), clock.epochMs()];
}
