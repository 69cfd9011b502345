import { expect, it } from 'vitest';
import { Closings } from '../../../src/session/closings';

it('waits for all, also where one fails, and tells of it', async () => {
  const failures: unknown[] = [];
  const closings = new Closings((thrown) => failures.push(thrown));
  let closed = false;
  closings.add(undefined);
  closings.add(Promise.reject(new Error('peer')));
  closings.add(new Promise((resolve) => setImmediate(resolve)).then(() => void (closed = true)));
  await closings.settle(5_000);
  expect(closed).toBe(true);
  expect(failures).toEqual([new Error('peer')]);
});

it('does not wait for one that never ends', async () => {
  const closings = new Closings(() => undefined);
  closings.add(new Promise(() => undefined));
  await closings.settle(10);
});
