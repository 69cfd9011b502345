/** Runs a property: briefly in the unit tier, with as many inputs as `npm run fuzz` asks for there. */
import fc from 'fast-check';
import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';
import { SessionError } from '../../../src/errors';
import type { SessionErrorCode } from '../../../src/errors';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);
const ROUND_LIMIT_MS = 60_000;
/** No input of the sizes used here takes a parser anywhere near this long, on however busy a machine. */
const HANG_MS = 5_000;

/** Whether `npm run fuzz` asked for a long run. */
export const isLong = process.env['FUZZ_RUNS'] !== undefined;

/** Fails with the smallest input found that breaks the property, and the seed to see it again. */
export async function holds<Input>(property: fc.IRawProperty<Input>, share = 1): Promise<void> {
  await fc.assert(property, {
    numRuns: Math.max(1, Math.round(RUNS * share)),
    ...(isLong ? { interruptAfterTimeLimit: ROUND_LIMIT_MS } : {}),
  });
}

/** The codes that a parser may refuse its input with; anything else that is thrown is a fault of the parser. */
export function refusesWith<Result>(codes: readonly SessionErrorCode[], parse: () => Result): Result | undefined {
  const started = performance.now();
  try {
    return parse();
  } catch (thrown) {
    if (!(thrown instanceof SessionError)) throw thrown;
    expect(codes).toContain(thrown.code);
    expect(thrown.message.length).toBeLessThan(10_000);
    return undefined;
  } finally {
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  }
}
