import { describe, expect, it } from 'vitest';
import { Handlers } from '../../../src/client/handlers';

describe('Handlers', () => {
  it('runs every handler although one throws and one rejects', async () => {
    const failures: unknown[] = [];
    const seen: string[] = [];
    const handlers = new Handlers<[number]>((thrown) => failures.push(thrown));
    handlers.add(() => {
      throw new Error('first');
    });
    handlers.add(() => Promise.reject(new Error('second')));
    handlers.add((value) => seen.push(`third ${value}`));
    await handlers.call(7);
    expect(seen).toEqual(['third 7']);
    expect(failures.map(String)).toEqual(['Error: first', 'Error: second']);
  });

  it('waits for asynchronous handlers', async () => {
    let done = false;
    const handlers = new Handlers<[]>(() => undefined);
    handlers.add(async () => {
      await Promise.resolve();
      done = true;
    });
    await handlers.call();
    expect(done).toBe(true);
  });

  it('removes one registration at a time', async () => {
    let calls = 0;
    const count = (): void => void (calls += 1);
    const handlers = new Handlers<[]>(() => undefined);
    const remove = handlers.add(count);
    handlers.add(count);
    await handlers.call();
    remove();
    await handlers.call();
    expect(calls).toBe(3);
  });
});
