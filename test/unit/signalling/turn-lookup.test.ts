import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import { isRoboflowServer, lookUpTurnServers, parseTurnServers, platformOf } from '../../../src/signalling/turn-lookup';
import type { TurnLookup } from '../../../src/signalling/turn-lookup';
import { cleanUpsAfterEach } from '../../clean-ups';
import { answering, silent } from './http-server';
import type { PlannedAnswer } from './http-server';
import { hurriedClock } from './hurried-clock';

const cleanUps = cleanUpsAfterEach();
const platform = (answer: PlannedAnswer) => answering(answer, cleanUps);

const look = (platformUrl: string, over: Partial<TurnLookup> = {}) =>
  lookUpTurnServers({
    platformUrl,
    apiKey: 'planted&key',
    route: {},
    clock: systemClock,
    signal: new AbortController().signal,
    ...over,
  });

const FLAT = { urls: 'turn:t:3478', username: 'me', credential: 'word' };

describe('parseTurnServers', () => {
  it.each([
    ['one server', FLAT, [FLAT]],
    [
      'one server with several URLs',
      { ...FLAT, urls: ['turn:t', 'turns:t'] },
      [{ ...FLAT, urls: ['turn:t', 'turns:t'] }],
    ],
    ['a list in iceServers', { iceServers: [{ urls: 'stun:s' }, FLAT] }, [{ urls: 'stun:s' }, FLAT]],
    ['a bare list', [FLAT, { urls: ['stun:s'] }], [FLAT, { urls: ['stun:s'] }]],
    ['nulls', { ...FLAT, username: null, credential: null }, [{ urls: 'turn:t:3478' }]],
  ])('reads %s', (_, body, expected) => {
    expect(parseTurnServers(JSON.stringify(body))).toEqual(expected);
  });

  it.each(['', 'null', '[]', '"turn:t"', '{"urls": 7}', '{"iceServers": {}}', '[null, 7, {"urls": []}]', '<html>'])(
    'finds none in %s',
    (body) => {
      expect(parseTurnServers(body)).toEqual([]);
    },
  );

  it('takes no more than a list of servers can have', () => {
    expect(parseTurnServers(JSON.stringify(Array.from({ length: 5_000 }, () => FLAT)))).toHaveLength(20);
  });
});

describe('isRoboflowServer', () => {
  it.each([
    'https://serverless.roboflow.com',
    'https://detect.roboflow.com/',
    'https://asyncinfer.roboflow.com',
    'https://serverless.roboflow.one',
    'https://serverless.roboflow.eu',
    'https://serverless.roboflow-eu.one',
    'https://dev-testing.roboflow.cloud',
  ])('knows %s', (url) => {
    expect(isRoboflowServer(url)).toBe(true);
  });

  it.each([
    'http://serverless.roboflow.com',
    'https://roboflow.com',
    'https://serverless.roboflow.com.evil.example',
    'https://roboflow.cloud.evil.example',
    'https://evil.example/serverless.roboflow.com',
    'http://192.168.1.20:9001',
    'serverless.roboflow.com',
    '',
  ])('gives no key away for "%s"', (url) => {
    expect(isRoboflowServer(url)).toBe(false);
  });
});

describe('platformOf', () => {
  it.each([
    ['https://serverless.roboflow.com', 'https://api.roboflow.com'],
    ['https://serverless.roboflow.eu', 'https://api.roboflow.eu'],
    ['https://asyncinfer.roboflow.one', 'https://api.roboflow.one'],
    ['https://serverless.roboflow-eu.one', 'https://api.roboflow-eu.one'],
    ['https://dev-testing.roboflow.cloud', 'https://api.roboflow.com'],
    ['https://inference.my-company.example', 'https://api.roboflow.com'],
  ])('of %s is %s', (url, expected) => {
    expect(platformOf(url)).toBe(expected);
  });
});

describe('lookUpTurnServers', () => {
  it('asks with the key in the query', async () => {
    const server = await platform({ body: { iceServers: [FLAT] } });
    expect(await look(`${server.url}/base/`)).toEqual([FLAT]);
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/base/webrtc_turn_config?api_key=planted%26key' });
  });

  it.each([
    ['refuses', { status: 401, body: { message: 'planted&key is no key' } }, /answered 401/],
    ['names none', { body: { iceServers: [] } }, /named none/],
  ])('says that the platform %s, without the key', async (_, answer, message) => {
    const server = await platform(answer);
    const error: unknown = await look(server.url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TURN_FAILED',
      retry: true,
      message: expect.stringMatching(message) as string,
    });
    expect(JSON.stringify([String(error), error])).not.toContain('planted');
  });

  it('says that nobody is there', async () => {
    await expect(look('http://127.0.0.1:9')).rejects.toMatchObject({
      code: 'TURN_FAILED',
      message: expect.stringMatching(/127\.0\.0\.1:9\/webrtc_turn_config cannot be reached/) as string,
    });
  });

  it('waits no longer than 5 s', async () => {
    const { url, close } = await silent();
    cleanUps.push(close);
    const { clock, delays } = hurriedClock();
    await expect(look(url, { clock })).rejects.toMatchObject({
      message: expect.stringMatching(/did not answer in 5 s/) as string,
    });
    expect(delays[0]).toBe(5_000);
  });

  it('ends with its session', async () => {
    const server = await platform({ body: FLAT });
    await expect(look(server.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });
});
