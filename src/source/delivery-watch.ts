/** Ends a live source that delivers nothing for too long. One timer, looked at again when it fires. */
import type { Clock } from '../clock';
import { SessionError } from '../errors';

/** Later than that no timer comes but that of a machine that slept, and its source with it. */
const MAX_LATE_MS = 5_000;
/** By then a source that lives has delivered again. */
const AFTER_SLEEP_MS = 3_000;

export interface DeliveryWatchOptions {
  clock: Clock;
  /** For people, the beginning of a sentence: "Camera rtsp://cam1/live". */
  what: string;
  /** Until the first picture; then between any two. */
  limits: { openMs: number; silenceMs: number };
  /** SOURCE_UNREACHABLE or SOURCE_STALLED; at most once. */
  onSilent: (error: SessionError) => void;
}

export class DeliveryWatch {
  readonly #options: DeliveryWatchOptions;
  #heardAtMs: number | undefined;
  #dueMs = 0;
  #cancel: () => void;

  constructor(options: DeliveryWatchOptions) {
    this.#options = options;
    this.#cancel = this.#after(options.limits.openMs);
  }

  /** A picture came. */
  heard(): void {
    const { clock, limits } = this.#options;
    if (this.#heardAtMs === undefined) {
      this.#cancel();
      this.#cancel = this.#after(limits.silenceMs);
    }
    this.#heardAtMs = clock.monotonicMs();
  }

  stop(): void {
    this.#cancel();
  }

  #after(delayMs: number): () => void {
    const { clock } = this.#options;
    this.#dueMs = clock.monotonicMs() + delayMs;
    return clock.after(delayMs, this.#check);
  }

  readonly #check = (): void => {
    const { clock, what, limits, onSilent } = this.#options;
    if (clock.monotonicMs() - this.#dueMs > MAX_LATE_MS) {
      this.#cancel = this.#after(AFTER_SLEEP_MS);
      return;
    }
    if (this.#heardAtMs === undefined) {
      const message = `${what} did not deliver a picture within ${limits.openMs / 1000} s: check address and camera.`;
      onSilent(new SessionError('SOURCE_UNREACHABLE', message, { retry: true }));
      return;
    }
    const leftMs = this.#heardAtMs + limits.silenceMs - clock.monotonicMs();
    if (leftMs > 0) {
      this.#cancel = this.#after(leftMs);
      return;
    }
    const message = `${what} has delivered no picture for ${limits.silenceMs / 1000} s: check the camera and the network.`;
    onSilent(new SessionError('SOURCE_STALLED', message, { retry: true }));
  };
}
