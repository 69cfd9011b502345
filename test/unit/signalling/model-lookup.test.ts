/** Mirrors upstream's test_client_model_id: see test/README.md. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import { SessionError } from '../../../src/errors';
import { lookUpTaskType } from '../../../src/signalling/model-lookup';
import type { ModelLookup } from '../../../src/signalling/model-lookup';
import { cleanUpsAfterEach } from '../../clean-ups';
import { answering, silent } from './http-server';
import type { PlannedAnswer } from './http-server';
import { hurriedClock } from './hurried-clock';

const cleanUps = cleanUpsAfterEach();
const platform = (answer: PlannedAnswer) => answering(answer, cleanUps);

const look = (platformUrl: string, over: Partial<ModelLookup> = {}) =>
  lookUpTaskType({
    platformUrl,
    modelId: 'my project/3',
    apiKey: 'planted_key',
    route: {},
    clock: systemClock,
    signal: new AbortController().signal,
    ...over,
  });

async function failure(answer: PlannedAnswer): Promise<SessionError> {
  const { url } = await platform(answer);
  const thrown: unknown = await look(url).catch((error: unknown) => error);
  if (thrown instanceof SessionError) return thrown;
  throw new Error('The look-up succeeded.');
}

const named = (taskType: string) => ({ body: { modelMetadata: { taskType } } });

describe('the look-up of a task type', () => {
  it('asks the registry for the very id, with the key as a bearer and not in the URL', async () => {
    const server = await platform(named('instance-segmentation'));
    expect(await look(`${server.url}/`)).toBe('instance-segmentation');
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/models/v1/external/stat?modelId=my%20project%2F3',
      headers: { authorization: 'Bearer planted_key' },
    });
  });

  it('sends no header without a key', async () => {
    const server = await platform(named('classification'));
    await look(server.url, { apiKey: undefined });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each(['vlm', 'image-to-text'])('refuses the task type %s, which no general block serves', async (taskType) => {
    const error = await failure(named(taskType));
    expect(error).toMatchObject({ code: 'INVALID_OPTION', retry: false });
    expect(error.message).toMatch(new RegExp(`looked up as “${taskType}”.*semantic-segmentation`));
  });

  it.each([
    [404, 'WORKFLOW_NOT_FOUND', false],
    [401, 'API_KEY_REJECTED', false],
    [403, 'API_KEY_FORBIDDEN', false],
    [429, 'SERVER_ERROR', true],
    [500, 'SERVER_ERROR', true],
    [302, 'SERVER_ANSWER_INVALID', false],
  ])('fails on %i with %s, says how to do without it, and shows no key', async (status, code, retry) => {
    const error = await failure({ status, body: { message: 'planted_key is wrong', input: 'planted_key' } });
    expect(error).toMatchObject({ code, retry });
    expect(error.message).toMatch(/“my project\/3”.*answered \d+.*give the task type \(object-detection/);
    expect(JSON.stringify([error.toData(), String(error), error.stack])).not.toContain('planted_key');
    expect(error.cause).toBeUndefined();
  });

  it.each(['', '[]', '{}', '{"modelMetadata": 7}', '{"modelMetadata": {"taskType": null}}', '<html>'])(
    'cannot read %s',
    async (body) => {
      expect(await failure({ body })).toMatchObject({ code: 'SERVER_ANSWER_INVALID', retry: false });
    },
  );

  it('says that the platform cannot be reached, which may pass', async () => {
    const error: unknown = await look('http://127.0.0.1:9').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      retry: true,
      message: expect.stringMatching(/stat cannot be reached.*give the task type/) as string,
    });
  });

  it('waits no longer than 10 s', async () => {
    const { url, close } = await silent();
    cleanUps.push(close);
    const { clock, delays } = hurriedClock();
    await expect(look(url, { clock })).rejects.toMatchObject({
      code: 'SERVER_TIMEOUT',
      message: expect.stringMatching(/did not answer in 10 s/) as string,
    });
    expect(delays[0]).toBe(10_000);
  });

  it('ends with its session', async () => {
    const { url } = await platform(named('classification'));
    await expect(look(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });
});
