/**
 * Messages that wait for the end of a stream (action `wait`), each with a limit of its own. Fed with the phases of the
 * stream; bounded in number, because a flow that asks for more at once has a loop in it.
 */
import { SessionError } from '../../src/index';
import type { Clock, PhaseEvent } from '../../src/index';
import { RESTING } from './stream-phases';

/** What one message waits for. */
export interface EndWait {
  /** In all, from now on; `undefined`: without a limit. */
  timeoutMs: number | undefined;
  /** Resolves when the actions that came before it are done; only then is it known whether anything runs. */
  settled: Promise<void>;
  /** Where the stream stands. */
  last: () => PhaseEvent;
}

interface Waiter {
  end(event: PhaseEvent): void;
  fail(error: SessionError): void;
}

const MAX_WAITING = 64;

/** See the file header. */
export class EndWaits {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  /** Those of them that saw the stream run. */
  readonly #watching = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when the stream has ended (or rests already). Rejects with the error of a stream that failed, with
   * WAIT_TIMEOUT while it goes on, with SESSION_CLOSED when the node goes, with INVALID_OPTION when too many wait.
   */
  async wait({ timeoutMs, settled, last }: EndWait): Promise<void> {
    if (this.#waiters.size >= MAX_WAITING) {
      throw new SessionError('INVALID_OPTION', `${MAX_WAITING} messages wait for the end of the stream already.`);
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        cancel();
        this.#waiters.delete(waiter);
        this.#watching.delete(waiter);
      };
      const waiter: Waiter = {
        end: ({ phase, error }) => {
          leave();
          if (phase === 'failed' && error !== null) reject(SessionError.fromData(error));
          else resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const cancel = this.#limit(timeoutMs, waiter);
      this.#waiters.add(waiter);
      void settled.then(() => {
        if (!this.#waiters.has(waiter)) return;
        if (RESTING.has(last().phase)) waiter.end(last());
        else this.#watching.add(waiter);
      });
    });
  }

  /** What the stream does now. */
  phase(event: PhaseEvent): void {
    if (!RESTING.has(event.phase)) return;
    for (const waiter of this.#watching) waiter.end(event);
  }

  /** The node is removed. */
  close(): void {
    const error = new SessionError('SESSION_CLOSED', 'The stream was removed while a message waited for its end.');
    for (const waiter of this.#waiters) waiter.fail(error);
  }

  #limit(timeoutMs: number | undefined, waiter: Waiter): () => void {
    if (timeoutMs === undefined) return () => undefined;
    return this.#clock.after(timeoutMs, () => {
      const message = `The stream has not ended within ${timeoutMs / 1_000} s; it goes on.`;
      waiter.fail(new SessionError('WAIT_TIMEOUT', message, { retry: true }));
    });
  }
}

/** `msg.timeout` in seconds -> milliseconds; left out: no limit. Throws INVALID_OPTION. */
export function waitTimeoutMs(timeout: unknown): number | undefined {
  if (timeout === undefined || timeout === null || timeout === '') return undefined;
  const seconds = typeof timeout === 'string' ? Number(timeout) : timeout;
  if (typeof seconds === 'number' && seconds > 0 && seconds <= MAX_TIMEOUT_S) return seconds * 1_000;
  const message = `msg.timeout must be a number of seconds up to ${MAX_TIMEOUT_S}; leave it out for no limit.`;
  throw new SessionError('INVALID_OPTION', message, { details: { field: 'timeout' } });
}

/** Timers of Node.js end at 2^31 ms. */
const MAX_TIMEOUT_S = 2_000_000;
