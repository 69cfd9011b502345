/**
 * The one fence around callbacks of werift, child processes, sockets and timers: what they throw becomes a report,
 * never an uncaught exception (an uncaught exception ends Node-RED).
 */

/** Wraps `callback` so that it cannot throw and, if it returns a promise, cannot reject unhandled. */
export function guard<Args extends unknown[]>(
  report: (thrown: unknown) => void,
  callback: (...args: Args) => unknown,
): (...args: Args) => void {
  return (...args) => {
    try {
      const result = callback(...args);
      if (result instanceof Promise) result.catch(report);
    } catch (thrown) {
      report(thrown);
    }
  };
}

/** Resolves with the promise, or with `undefined` after `timeoutMs`; never rejects. For bounded closes. */
export async function settleWithin(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    await Promise.race([promise.then(noop, noop), limit]);
  } finally {
    clearTimeout(timer);
  }
}

function noop(): void {
  // A bounded close does not care how the thing ended.
}
