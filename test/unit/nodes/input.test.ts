import { describe, expect, it } from 'vitest';
import { CatchError, toCatchError } from '../../../nodes/runtime/errors';
import { onInput } from '../../../nodes/runtime/input';
import { SessionError } from '../../../src/index';

/** Sends one message through a handler; resolves with what each `done` was given. */
async function outcomeOf(handler: () => unknown, doneThrows = false): Promise<(Error | undefined)[]> {
  const calls: (Error | undefined)[] = [];
  await new Promise<void>((resolve) => {
    onInput(
      {
        on(_event, listener) {
          expect(listener).toHaveLength(3);
          listener(
            { _msgid: '1' },
            () => undefined,
            (error) => {
              calls.push(error);
              setImmediate(resolve);
              if (doneThrows) throw new Error('a hook of Node-RED failed');
            },
          );
        },
      },
      handler,
    );
  });
  return calls;
}

describe('onInput', () => {
  it('finishes a message once its handler is through', async () => {
    expect(await outcomeOf(() => undefined)).toEqual([undefined]);
    expect(await outcomeOf(() => Promise.resolve('ignored'))).toEqual([undefined]);
  });

  it('hands what a handler throws to the Catch nodes', async () => {
    const [error] = await outcomeOf(() => {
      throw new SessionError('INVALID_OPTION', 'wrong');
    });
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: 'wrong' });
  });

  it('hands a rejection to the Catch nodes instead of ending Node-RED', async () => {
    const [error] = await outcomeOf(() => Promise.reject(new TypeError('x is not a function')));
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'x is not a function' });
  });

  it('survives a done() that throws, and does not call it again', async () => {
    expect(await outcomeOf(() => undefined, true)).toEqual([undefined]);
  });

  it('reports a handler that rejects with nothing', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- flows and libraries do such things
    const [error] = await outcomeOf(() => Promise.reject(undefined));
    expect(error).toBeInstanceOf(CatchError);
  });
});

describe('toCatchError', () => {
  it('has code and cause as own properties, because Node-RED asks with hasOwnProperty', () => {
    const error = toCatchError(
      new SessionError('SERVER_BUSY', 'The server is busy.', { retry: true, retryAfterMs: 1_000 }),
    );
    expect(Object.hasOwn(error, 'code')).toBe(true);
    expect(Object.hasOwn(error, 'cause')).toBe(true);
    expect(error.cause).toEqual({ retry: true, retryAfterMs: 1_000 });
    expect(String(error)).toBe('The server is busy.');
  });

  it('leaves the original cause behind, which may hold a secret', () => {
    const cause = new Error('GET https://api.test/?api_key=rf_secret');
    const error = toCatchError(new SessionError('SERVER_ERROR', 'The server failed.', { cause }));
    expect(JSON.stringify(error.cause) + String(error.stack)).not.toContain('rf_secret');
  });

  it('does not wrap twice', () => {
    const error = toCatchError(new Error('odd'));
    expect(toCatchError(error)).toBe(error);
  });
});
