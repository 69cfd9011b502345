import { describe, expect, it } from 'vitest';
import { EndWaits, waitTimeoutMs } from '../../../nodes/runtime/end-waits';
import type { PhaseEvent } from '../../../src/index';
import { ManualClock } from '../transport/manual-clock';
import { deferred, phaseEvent } from './events';

const FAILED = phaseEvent({ phase: 'failed', error: { code: 'STALLED', message: 'no result', retry: true } });

function bench(phase: PhaseEvent['phase']) {
  const clock = new ManualClock();
  const waits = new EndWaits(clock);
  let last = phaseEvent({ phase });
  return {
    clock,
    waits,
    wait: (timeoutMs?: number, settled: Promise<void> = Promise.resolve()) =>
      waits.wait({ timeoutMs, settled, last: () => last }),
    tell: (event: PhaseEvent) => {
      last = event;
      waits.phase(event);
    },
  };
}

/** Promises of the other side are settled by then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('EndWaits', () => {
  it.each(['not_started', 'complete', 'closed'] as const)(
    'resolves at once when the stream rests: %s',
    async (phase) => {
      await expect(bench(phase).wait()).resolves.toBeUndefined();
    },
  );

  it('rejects at once with the error of a stream that has failed', async () => {
    const { wait, tell } = bench('live');
    tell(FAILED);
    await expect(wait()).rejects.toMatchObject({ code: 'STALLED' });
  });

  it.each(['complete', 'closed'] as const)('resolves when a running stream ends: %s', async (phase) => {
    const { wait, tell, clock } = bench('live');
    const waiting = wait(10_000);
    await turn();
    tell(phaseEvent({ phase: 'reconnecting' }));
    tell(phaseEvent({ phase }));
    await expect(waiting).resolves.toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('rejects after its time in all, whatever the stream does meanwhile', async () => {
    const { wait, tell, clock } = bench('live');
    const waiting = wait(1_500);
    await turn();
    clock.advance(1_499);
    tell(phaseEvent({ phase: 'live', fps: 9 }));
    clock.advance(1);
    await expect(waiting).rejects.toThrow('within 1.5 s');
  });

  it('waits for actions that came before: the end of what they replace is not its end', async () => {
    const { wait, tell } = bench('live');
    const settled = deferred<undefined>();
    let ended = false;
    const waiting = wait(undefined, settled.promise).then(() => (ended = true));
    tell(phaseEvent({ phase: 'closed' }));
    tell(phaseEvent({ phase: 'connecting' }));
    settled.resolve(undefined);
    await turn();
    expect(ended).toBe(false);
    tell(phaseEvent({ phase: 'complete' }));
    await waiting;
  });

  it('lets go of everybody when the node is removed', async () => {
    const { wait, waits, clock } = bench('live');
    const waiting = [wait(1_000), wait()];
    waits.close();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(clock.pending).toBe(0);
  });

  it('refuses more than 64 at once', async () => {
    const { wait, waits } = bench('live');
    const waiting = Array.from({ length: 64 }, () => wait().catch(() => undefined));
    await expect(wait()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    waits.close();
    await Promise.all(waiting);
  });
});

describe('waitTimeoutMs', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    [2.5, 2_500],
    ['30', 30_000],
  ])('reads %s', (timeout, expected) => {
    expect(waitTimeoutMs(timeout)).toBe(expected);
  });

  it.each([0, -1, 'soon', Number.NaN, Infinity, {}])('refuses %s', (timeout) => {
    expect(() => waitTimeoutMs(timeout)).toThrow('msg.timeout');
  });
});
