import { existsSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { describe, expect, it } from 'vitest';
import { readFrameNumber } from '../read-frame-number';
import { isRecord } from '../../src/json';
import { demoFlow, getNode, helper, inbox, load, onData, onFrame, serveFlows } from './test-helper';

const MEDIA = path.resolve(import.meta.dirname, '../../../shared/media');

serveFlows();

const send = (message: NodeMessage) => getNode('stream').receive(message);

describe('configuration', () => {
  it('says at the Catch node that a session is missing, for each kind of node', async () => {
    await load(
      demoFlow({ session: '' }, [...onData('data', ['a'], { session: 'gone' }), ...onFrame('frame', { session: '' })]),
    );
    const errors = inbox('errors');
    await errors.first(() => errors.messages.length >= 3);
    const found = errors.messages.map(({ error }) => error as { code: string; source: { type: string } });
    expect(found.map(({ code }) => code)).toEqual(['INVALID_OPTION', 'INVALID_OPTION', 'INVALID_OPTION']);
    expect(found.map(({ source }) => source.type).sort()).toEqual(['on-data', 'on-frame', 'webrtc-stream']);
  });

  it('answers an action on a stream without a session with an error', async () => {
    await load(demoFlow({ session: '' }));
    const errors = inbox('errors');
    await errors.error('INVALID_OPTION');
    send({ action: 'start', marked: true });
    expect(await errors.first((message) => message['marked'] === true)).toMatchObject({
      error: { code: 'INVALID_OPTION' },
    });
  });

  it.each([
    ['an unknown action', { action: 'jump' }, 'INVALID_OPTION'],
    ['no action', { payload: 'start' }, 'INVALID_OPTION'],
    ['an unresolved template', { action: 'start' }, 'TEMPLATE_UNRESOLVED'],
  ])('refuses %s and hands the message on to the Catch node', async (_, message, code) => {
    await load(demoFlow({ start: 'message', source: 'stream', url: 'rtsp://127.0.0.1/{{payload.camera}}' }));
    const errors = inbox('errors');
    send({ ...message, marked: true });
    expect(await errors.error(code)).toMatchObject({ marked: true });
  });

  it('names the environment variable that is not set', async () => {
    await load(demoFlow({}, [], { server: 'own', url: '${NO_SUCH_VARIABLE}' }));
    const message = await inbox('errors').error('INVALID_OPTION');
    expect((message['error'] as Error).message).toContain('NO_SUCH_VARIABLE');
  });

  it('does not start a stream on a hosted server by itself', async () => {
    const hosted = { server: 'hosted', hostedUrl: 'https://127.0.0.1:1' };
    await load(demoFlow({}, [], hosted), { session: { apiKey: 'rf_test' } });
    const states = inbox('states');
    send({ action: 'status', marked: true });
    expect(await states.first()).toMatchObject({ payload: { state: 'not_started' }, marked: true });
  });

  it('loads without FFmpeg and tells how to get it', async () => {
    await load(demoFlow({}, [], { ffmpegPath: '/no/such/ffmpeg' }));
    const { error } = await inbox('errors').error('FFMPEG_NOT_FOUND');
    expect((error as Error).message).toContain('/no/such/ffmpeg');
    await inbox('states').state('failed');
  });

  it('finishes a message for Complete nodes', async () => {
    const complete = [
      { id: 'complete', type: 'complete', z: 'tab', scope: ['stream'], wires: [['done']] },
      { id: 'done', type: 'inbox', z: 'tab', wires: [] },
    ];
    await load(demoFlow({ start: 'message' }, complete));
    send({ action: 'stop', marked: true });
    expect(await inbox('done').first()).toMatchObject({ marked: true });
  });
});

describe('a stream on the built-in demo', () => {
  it('sends every field on its wire and pictures with their data, and stops by message', async () => {
    const listeners = [...onData('data', ['predictions', 'motion']), ...onFrame('frame')];
    await load(demoFlow({ width: 320, height: 180 }, listeners));
    const states = inbox('states');
    const [predictions, motion, frames] = ['data-0', 'data-1', 'frame-0'].map(inbox);
    await states.state('live');
    const picture = await frames?.first((message) => message['data'] !== null);
    expect(picture).toMatchObject({ stream: 'door', width: 320, height: 180, topic: 'frame' });
    expect(Buffer.isBuffer(picture?.payload) && picture.payload.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(Object.keys(picture?.['data'] as object).sort()).toEqual(['motion', 'predictions']);
    expect(await motion?.first()).toMatchObject({ topic: 'motion', stream: 'door', metadata: { errors: [] } });
    const found = await predictions?.first(({ payload }) => isRecord(payload) && Array.isArray(payload['predictions']));
    expect(found).toMatchObject({ topic: 'predictions', stream: 'door' });

    send({ action: 'stop' });
    await states.state('closed');
    send({ action: 'restart' });
    await states.first(() => states.messages.filter((message) => isLive(message.payload)).length === 2);
    expect(inbox('errors').messages).toEqual([]);
  });

  it('goes on although the flow throws at every message, which is an error of the node that threw', async () => {
    await load(demoFlow({ width: 320, height: 180 }, [...onData('data', ['motion']), ...onFrame('frame')]));
    const taking = ['data-0', 'frame-0'];
    for (const id of taking)
      getNode(id).on('input', () => {
        throw new Error('the flow threw');
      });
    for (const id of taking) await inbox(id).count(20);
    const errors = inbox('errors').messages.map(({ error }) => error as { message: string; source: { id: string } });
    expect(new Set(errors.map(({ source }) => source.id))).toEqual(new Set(taking));
    expect(errors.filter(({ message }) => !message.includes('the flow threw'))).toEqual([]);
    const { messages: states } = inbox('states');
    expect(states.at(-1)?.payload).toMatchObject({ state: 'live' });
    expect(states.filter(({ payload }) => isRecord(payload) && payload['state'] === 'reconnecting')).toEqual([]);
  });

  it('gives two nodes with the same format a Buffer each, and raw pixels where asked', async () => {
    const listeners = [...onFrame('one'), ...onFrame('two'), ...onFrame('raw', { format: 'bgr24' })];
    await load(demoFlow({ width: 320, height: 180 }, listeners));
    const [one, two, raw] = ['one-0', 'two-0', 'raw-0'].map(inbox);
    const pixels = await raw?.first();
    expect(pixels).toMatchObject({ width: 320, height: 180, channels: 3 });
    expect((pixels?.payload as Buffer).length).toBe(320 * 180 * 3);
    const first = await one?.first(({ metadata }) => metadata !== null);
    const same = await two?.first((message) => sameFrame(message, first));
    expect((same?.payload as Buffer).equals(first?.payload as Buffer)).toBe(true);
    expect((same?.payload as Buffer).buffer).not.toBe((first?.payload as Buffer).buffer);
  });

  it('makes every format of the same picture, each with its own order of colours', async () => {
    const formats = ['jpeg', 'png', 'bgr24', 'rgb24', 'rgba', 'gray8'];
    await load(
      demoFlow(
        { width: 320, height: 180 },
        formats.flatMap((format) => onFrame(format, { format })),
      ),
    );
    const boxes = formats.map((format) => inbox(`${format}-0`));
    const pictured = boxes.at(-1);
    const gray = await pictured?.first(({ metadata }) => metadata !== null);
    const [jpeg, png, bgr, rgb, rgba] = await Promise.all(
      boxes.slice(0, 5).map((box) => box.first((message) => sameFrame(message, gray))),
    );
    const bytes = (message: NodeMessage | undefined) => message?.payload as Buffer;
    expect(bytes(jpeg).readUInt16BE(0)).toBe(0xffd8);
    expect(bytes(png).readUInt32BE(0)).toBe(0x89504e47);
    expect([bytes(png).readUInt32BE(16), bytes(png).readUInt32BE(20)]).toEqual([320, 180]);
    expect([bgr, rgb, rgba, gray].map((message) => bytes(message).length / 320 / 180)).toEqual([3, 3, 4, 1]);
    expect([bgr, rgb, rgba, gray].map((message) => message?.['channels'])).toEqual([3, 3, 4, 1]);
    const [reordered, opaque] = [Buffer.alloc(320 * 180 * 3), Buffer.alloc(320 * 180 * 4)];
    let coloured = 0;
    for (let pixel = 0; pixel < 320 * 180; pixel += 1) {
      const [blue, green, red] = bytes(bgr).subarray(pixel * 3, pixel * 3 + 3);
      if (Math.abs((blue ?? 0) - (red ?? 0)) > 60) coloured += 1;
      reordered.set([red ?? 0, green ?? 0, blue ?? 0], pixel * 3);
      opaque.set([red ?? 0, green ?? 0, blue ?? 0, 255], pixel * 4);
    }
    expect([bytes(rgb).equals(reordered), bytes(rgba).equals(opaque)]).toEqual([true, true]);
    expect(coloured).toBeGreaterThan(100);
  });

  it('makes a picture fit beside the whole one of the same frame, with the boxes in its own pixels', async () => {
    const boxed = { format: 'gray8', shapesFrom: 'predictions' };
    const listeners = [...onFrame('whole', boxed), ...onFrame('small', { ...boxed, fitWidth: '320', pace: 'request' })];
    await load(demoFlow({ width: 640, height: 360 }, listeners));
    const hasBoxes = ({ annotations }: NodeMessage): boolean => Array.isArray(annotations) && annotations.length > 0;
    await inbox('whole-0').first(hasBoxes, 20_000);
    // Whichever frame is the newest: where some were left out before it, nothing may have been found in it.
    const answers: NodeMessage[] = [];
    let small: NodeMessage;
    do {
      getNode('small').receive({ marked: true });
      small = await inbox('small-0').first((message) => !answers.includes(message));
      answers.push(small);
    } while (!hasBoxes(small));
    expect(small).toMatchObject({ marked: true, width: 320, height: 180, channels: 1 });
    const whole = await inbox('whole-0').first((message) => sameFrame(message, small));
    const number = (message: NodeMessage, width: number): number | null =>
      readFrameNumber({ format: 'gray8', data: message.payload as Buffer, width, height: (width * 9) / 16 });
    expect(number(small, 320)).not.toBeNull();
    expect(number(small, 320)).toBe(number(whole, 640));
    const [box, half] = [whole, small].map(({ annotations }) => (annotations as { bbox: number[] }[])[0]?.bbox);
    expect(half).toEqual(box?.map((value) => value / 2));
  });

  it('answers a message with the newest picture, and fails when there is none in time', async () => {
    const [patient, hasty] = [20, 1].map((waitSeconds) => ({ pace: 'request', waitSeconds, inputs: 1 }));
    await load(demoFlow({ width: 320, height: 180 }, [...onFrame('ask', patient), ...onFrame('hurry', hasty)]));
    await inbox('states').state('live');
    getNode('ask').receive({ marked: 'first' });
    expect(await inbox('ask-0').first()).toMatchObject({ marked: 'first', topic: 'frame', width: 320, stream: 'door' });
    send({ action: 'stop' });
    await inbox('states').state('closed');
    getNode('hurry').receive({ marked: 'other', stream: 'nobody' });
    expect(await inbox('errors').error('WAIT_TIMEOUT')).toMatchObject({ marked: 'other' });
    expect([inbox('ask-0'), inbox('hurry-0')].map(({ messages }) => messages.length)).toEqual([1, 0]);
  });

  it('sends one picture at a time, and the next when it comes back', async () => {
    const [node, sink] = onFrame('single', { pace: 'in-flight', inputs: 1 });
    await load(demoFlow({ width: 320, height: 180 }, [...onFrame('all'), node ?? {}, sink ?? {}]));
    const [all, single] = [inbox('all-0'), inbox('single-0')];
    const first = await single.first();
    await all.count(10);
    expect(single.messages).toHaveLength(1);
    getNode('single').receive(first);
    const [, second] = await single.count(2);
    expect(second?._msgid).not.toBe(first._msgid);
    getNode('single').receive({ action: 'status' });
    const { payload } = await single.first(({ topic }) => topic === 'state');
    expect(payload).toMatchObject({ pace: 'in-flight', sent: 2, lost: 0 });
    expect((payload as { dropped: number }).dropped).toBeGreaterThanOrEqual(5);
  });

  it('sends a picture every so many seconds', async () => {
    const listeners = [...onFrame('all'), ...onFrame('slow', { pace: 'limit', perSecond: 2 })];
    await load(demoFlow({ width: 320, height: 180 }, listeners));
    const [, second, third] = await inbox('slow-0').count(3);
    const at = (message: NodeMessage | undefined) => (message?.['timing'] as { deliveredAt: number }).deliveredAt;
    expect(at(third) - at(second)).toBeGreaterThanOrEqual(490);
    expect(inbox('all-0').messages.length).toBeGreaterThan(6);
  });

  it('keeps two streams of a session apart by their names', async () => {
    const second = {
      id: 'second',
      type: 'webrtc-stream',
      z: 'tab',
      name: 'yard',
      session: 'session',
      width: 320,
      height: 180,
      wires: [[]],
    };
    const listeners = [...onData('yard', ['motion'], { stream: 'yard' }), ...onData('all', ['motion'])];
    await load(demoFlow({ width: 320, height: 180 }, [second, ...listeners]));
    const [yard, all] = ['yard-0', 'all-0'].map(inbox);
    await all?.first(({ stream }) => stream === 'door');
    await all?.first(({ stream }) => stream === 'yard');
    await yard?.count(5);
    expect(new Set(yard?.messages.map(({ stream }) => stream))).toEqual(new Set(['yard']));
  });

  it('sends the whole dictionary when a node wants it', async () => {
    await load(demoFlow({ width: 320, height: 180 }, onData('data', [], { wholeDictionary: true })));
    const message = await inbox('data-0').first();
    expect(message.topic).toBe('*');
    expect(Object.keys(message.payload as object).sort()).toEqual(['alarm', 'motion', 'predictions']);
  });

  it('sends paths, only changes, only what is there, and pictures as Buffers', async () => {
    const found = { path: 'predictions.predictions', emit: 'not-empty' };
    const fields = ['motion', { path: 'motion', emit: 'change' }, found, 'image'];
    await load(demoFlow({ width: 320, height: 180 }, onData('data', fields, { buffers: true })));
    const [all, changes, boxes, images] = [0, 1, 2, 3].map((index) => inbox(`data-${index}`));
    const list = (await boxes?.first(() => true, 20_000))?.payload as { class: string }[];
    expect(list[0]?.class).toBe('motion');
    expect((await images?.first())?.payload).toBeInstanceOf(Buffer);
    await changes?.first(() => changes.messages.length >= 2, 20_000);
    expect(changes?.messages.slice(0, 2).map(({ payload }) => payload)).toEqual([false, true]);
    expect(all?.messages.length).toBeGreaterThan(changes?.messages.length ?? 0);
  });

  it('gives boxes in the shapes of other nodes, with the data and with the picture', async () => {
    const listeners = [
      ...onData('data', ['predictions'], { shapes: true }),
      ...onFrame('frame', { shapesFrom: 'predictions' }),
    ];
    await load(demoFlow({ width: 320, height: 180 }, listeners));
    const some = ({ annotations }: NodeMessage) => Array.isArray(annotations) && annotations.length > 0;
    const data = await inbox('data-0').first(some, 20_000);
    const { predictions } = data.payload as { predictions: Record<string, number>[] };
    const [box] = predictions;
    const left = (box?.['x'] ?? 0) - (box?.['width'] ?? 0) / 2;
    expect(data['classes']).toEqual({ motion: predictions.length });
    const [annotation] = data['annotations'] as { bbox: number[] }[];
    expect(annotation?.bbox[0]).toBe(left);
    const picture = await inbox('frame-0').first(some, 20_000);
    const [object] = picture['objects'] as unknown[];
    expect(object).toMatchObject({ class: 'motion', score: 1 });
  });

  it('stops when no flow takes anything, without an error, and goes on by message', async () => {
    // An on-data without a wire takes nothing.
    const unwired = {
      id: 'idle',
      type: 'on-data',
      z: 'tab',
      session: 'session',
      fields: ['motion'],
      wires: [[], [], []],
    };
    await load(demoFlow({ width: 320, height: 180, idleMinutes: 0.1 }, [unwired]));
    const states = inbox('states');
    await states.state('live');
    const stopped = await states.first(({ payload }) => isRecord(payload) && payload['stopped'] === 'idle', 20_000);
    expect(stopped).toMatchObject({ payload: { state: 'closed', code: null } });
    expect(inbox('errors').messages).toEqual([]);
    send({ action: 'start' });
    await states.first(() => states.messages.filter((message) => isLive(message.payload)).length === 2);
  });

  it('pauses when the minutes of the day are used up, also against a start', async () => {
    await load(demoFlow({ width: 320, height: 180, dailyMinutes: 0.1 }, onData('data', ['motion'])));
    const states = inbox('states');
    const isSpent = ({ payload }: NodeMessage) => isRecord(payload) && payload['stopped'] === 'daily-limit';
    await states.first(isSpent, 20_000);
    const before = states.messages.length;
    send({ action: 'start' });
    send({ action: 'status', marked: true });
    expect(await states.first(({ marked }) => marked === true)).toMatchObject({ payload: { stopped: 'daily-limit' } });
    expect(states.messages.slice(before).map(({ payload }) => isRecord(payload) && payload['state'])).toEqual([
      'closed',
    ]);
    expect(inbox('errors').messages).toEqual([]);
  });

  it('renews its session before the time limit, and tells', async () => {
    const session = { lifetime: 'seconds', lifetimeSeconds: 20 };
    await load(demoFlow({ width: 320, height: 180 }, onData('data', ['motion']), session));
    const rollover = await inbox('states').first(({ topic }) => topic === 'rollover', 40_000);
    expect(rollover).toMatchObject({ stream: 'door', payload: { reason: 'time-limit' } });
    const data = inbox('data-0');
    const before = data.messages.length;
    await data.count(before + 5);
    const states = inbox('states').messages.flatMap(({ payload }) => (isRecord(payload) ? [payload['state']] : []));
    expect(states).not.toContain('reconnecting');
    expect(inbox('errors').messages).toEqual([]);
  });

  it('reports a field that the workflow does not have', async () => {
    await load(demoFlow({ width: 320, height: 180 }, onData('data', ['predictionz'])));
    const errors = inbox('errors');
    const states = inbox('states');
    await errors.error('OUTPUT_UNKNOWN');
    expect(await states.state('failed')).toMatchObject({ payload: { code: 'OUTPUT_UNKNOWN' } });
  });

  it('reports a file that is not there', async () => {
    await load(demoFlow({ source: 'stream', url: '/no/such/clip.mp4' }, onData('data', ['motion'])));
    await inbox('errors').error('SOURCE_FILE_UNREADABLE');
  });

  it.skipIf(!existsSync(path.join(MEDIA, 'ten-frames.mp4')))(
    'uploads a file and gives exactly its ten frames (needs ../shared/media)',
    async () => {
      const file = path.join(MEDIA, 'ten-frames.mp4');
      await load(
        demoFlow({ source: 'upload', path: file }, [
          ...onData('data', ['motion'], { endOfStream: true }),
          ...onFrame('frame'),
        ]),
      );
      const [data, frames, states] = ['data-0', 'frame-0', 'states'].map(inbox);
      await states?.state('complete');
      await frames?.count(10);
      expect([data?.messages.length, frames?.messages.length]).toEqual([10, 10]);
      const end = await inbox('data-1').first();
      expect(end).toMatchObject({ topic: 'end', payload: { state: 'complete', code: null }, stream: 'door' });
    },
  );
});

describe('a server that refuses', () => {
  it.each([
    [401, { message: 'Unauthorized' }, 'API_KEY_REJECTED'],
    [402, { message: 'no credits' }, 'CREDITS_EXCEEDED'],
    [405, { detail: 'Method Not Allowed' }, 'ROUTE_MISSING'],
    [
      422,
      { detail: [{ type: 'missing', loc: ['body'], msg: 'x', input: { api_key: 'rf_secret' } }] },
      'REQUEST_REFUSED',
    ],
    [500, { message: 'Internal error.' }, 'SERVER_ERROR'],
  ])('answers %i: a badge, one error at the Catch node, no secret in it', async (status, body, code) => {
    const server = http.createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await load(demoFlow({}, onData('data', ['motion']), { server: 'own', url }), {
        session: { apiKey: 'rf_secret' },
      });
      const message = await inbox('errors').error(code);
      expect(JSON.stringify(message)).not.toContain('rf_secret');
      expect(message).toMatchObject({ stream: 'door', error: { source: { id: 'stream' } } });
    } finally {
      await helper.unload();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('reports an address where nobody answers, and tries again', async () => {
    await load(demoFlow({}, onData('data', ['motion']), { server: 'own', url: 'http://127.0.0.1:9' }));
    const states = inbox('states');
    expect(await inbox('errors').error('SERVER_UNREACHABLE')).toMatchObject({ error: { cause: { retry: true } } });
    await states.state('reconnecting');
  });
});

function isLive(payload: unknown): boolean {
  return isRecord(payload) && payload['state'] === 'live';
}

function sameFrame(one: object, other: object | undefined): boolean {
  const idOf = (message: object | undefined) =>
    message !== undefined && 'metadata' in message && isRecord(message.metadata) ? message.metadata['frame_id'] : null;
  return idOf(one) !== null && idOf(one) === idOf(other);
}
