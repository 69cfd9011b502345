/** Keeps the age of the present session and the pauses between tries to replace it. No timers: it is asked. */
import type { Clock } from '../clock';
import type { SessionError } from '../errors';
import type { SessionOptions } from './options';
import { recoveryDecision } from './recovery-policy';
import { rolloverDue } from './rollover-plan';
import type { RolloverReason } from './rollover-plan';

const BASE_DELAY_MS = 5_000;
const MAX_DELAY_MS = 60_000;

/** See the file header. */
export class RolloverSchedule {
  readonly #clock: Clock;
  #bornMs = 0;
  #bornAt = 0;
  #failures = 0;
  /** Monotonic; not before. */
  #nextMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The server was asked for the present session, `ageMs` ago. */
  born(ageMs = 0): void {
    this.#bornMs = this.#clock.monotonicMs() - ageMs;
    this.#bornAt = this.#clock.epochMs() - ageMs;
    this.#failures = 0;
    this.#nextMs = 0;
  }

  /** Why the present session is to be replaced now; null: it is not. */
  due(options: SessionOptions): RolloverReason | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) return null;
    return rolloverDue(options, {
      ageMs: nowMs - this.#bornMs,
      bornAt: this.#bornAt,
      now: this.#clock.epochMs(),
    });
  }

  /** A try has failed. What cannot be mended by trying again is left to the end of the present session. */
  failed(error: SessionError): void {
    const decision = recoveryDecision({
      error: error.toData(),
      failedAttempts: this.#failures,
      enabled: true,
      baseDelayMs: BASE_DELAY_MS,
      maxDelayMs: MAX_DELAY_MS,
      random: Math.random(),
    });
    this.#failures += 1;
    this.#nextMs = decision.kind === 'retry' ? this.#clock.monotonicMs() + decision.delayMs : Infinity;
  }
}
