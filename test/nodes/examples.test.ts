/** Examples that work together with other programs: each deployed in a real Node-RED, its outcome seen from outside. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Aedes } from 'aedes';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clip, clipsMissing } from '../integration/source/source-harness';
import { freePort } from '../integration/free-port';
import { rtspMissing, startCamera } from '../integration/source/rtsp-server';
import { changed, example, idOf } from './example-flows';
import type { FlowNode } from './example-flows';
import { NodeRed, PACKAGE_ROOT } from './node-red';

// Two streams, two servers and a camera on two cores: these wait for events, however long the machine takes.
const timeoutMs = 80_000;
vi.setConfig({ testTimeout: 200_000 });

let nodeRed: NodeRed;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  nodeRed = await new NodeRed('headless').ready();
});
afterEach(async () => {
  await nodeRed.deploy([]);
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => nodeRed.stop());

/** A real MQTT broker that keeps the newest message of each topic. */
async function mqttBroker() {
  const broker = await Aedes.createBroker();
  const newest = new Map<string, Buffer>();
  const arrivals = new EventEmitter();
  broker.on('publish', (packet, client) => {
    if (client === null) return;
    newest.set(packet.topic, Buffer.from(packet.payload));
    arrivals.emit('message');
  });
  const server = createServer((socket) => broker.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.close();
    return new Promise<void>((resolve) => broker.close(resolve));
  });
  const first = async (topic: string, fits: (payload: Buffer) => boolean): Promise<Buffer> => {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const payload = newest.get(topic);
      if (payload !== undefined && fits(payload)) return payload;
      await once(arrivals, 'message', { signal });
    }
  };
  return { port: String((server.address() as AddressInfo).port), first };
}

/** The demo server in a process of its own; resolves when it answers. */
async function demoProcess(port: number): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(path.join(PACKAGE_ROOT, 'test/fixtures/programs/demo-server.mjs'), [JSON.stringify({ port })]);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  cleanups.push(() => child.kill('SIGKILL'));
  return { url, child };
}

describe('camera-to-mqtt.json', () => {
  it.skipIf(rtspMissing || clipsMissing)(
    'tells a broker that an RTSP camera sees something move, with a picture (needs ../shared)',
    async () => {
      const camera = await startCamera(clip('pedestrians.mp4'));
      cleanups.push(() => camera.stop());
      const broker = await mqttBroker();
      const flow = changed(example('camera-to-mqtt.json'), 'mqtt-broker', { port: broker.port });
      const from = nodeRed.heard.length;
      await nodeRed.deploy(changed(flow, 'webrtc-stream', { source: 'stream', url: camera.url }));
      const told = await broker.first('cameras/front door/motion', (payload) => payload.includes('true'));
      expect(JSON.parse(told.toString())).toMatchObject({ motion: true, camera: 'front door' });
      const picture = await broker.first('cameras/front door/picture', () => true);
      expect(picture.readUInt16BE(0)).toBe(0xffd8);
      // And back from the broker, as another flow gets it.
      const isBack = (heard: object) => 'name' in heard && heard.name === 'what others get';
      await nodeRed.first((heard) => heard.kind === 'debug' && isBack(heard), { from, timeoutMs });
    },
  );

  it('runs as it is but for the broker', async () => {
    const broker = await mqttBroker();
    await nodeRed.deploy(changed(example('camera-to-mqtt.json'), 'mqtt-broker', { port: broker.port }));
    await broker.first('cameras/front door/motion', (payload) => payload.includes('true'));
  });
});

describe('mjpeg-restream.json', () => {
  const live = async (flow: FlowNode[]) => {
    const from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    await nodeRed.status(idOf(flow, 'webrtc-stream'), /^live/, { from, timeoutMs });
    return { from, url: `${nodeRed.url}http/camera.mjpg`, hub: idOf(flow, 'function') };
  };

  it('serves ffmpeg', async () => {
    const { url } = await live(example('mjpeg-restream.json'));
    const args = ['-v', 'error', '-f', 'mpjpeg', '-i', url, '-frames:v', '10', '-f', 'framemd5', '-'];
    const program = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let listed = '';
    program.stdout.on('data', (chunk: Buffer) => (listed += chunk.toString()));
    expect(await once(program, 'close')).toEqual([0, null]);
    const sums = listed.split('\n').filter((line) => line.startsWith('0,'));
    expect(new Set(sums.map((line) => line.split(',').at(-1))).size).toBe(10);
    expect(listed).toContain('640x360');
  });

  it('skips pictures for a viewer that does not read, and forgets one who leaves', async () => {
    // Pictures without compression fill the buffers of the system at once.
    const { url, hub, from } = await live(changed(example('mjpeg-restream.json'), 'on-frame', { format: 'bgr24' }));
    const lazy = await fetch(url);
    expect(lazy.headers.get('content-type')).toBe('multipart/x-mixed-replace; boundary=picture');
    await nodeRed.status(hub, /^1 watch, [1-9]\d* skipped$/, { from, timeoutMs });
    const before = nodeRed.heard.length;
    await lazy.body?.cancel();
    await nodeRed.status(hub, /^0 watch, 0 skipped$/, { from: before, timeoutMs });
  });
});

describe('frames-from-messages.json', () => {
  it('answers every picture with its boxes and the time that it was taken', async () => {
    // Motion detection learns from 30 pictures before it tells anything.
    const flow = changed(example('frames-from-messages.json'), 'inject', { repeat: '0.1' });
    const from = nodeRed.heard.length;
    const began = Date.now();
    await nodeRed.deploy(flow);
    await nodeRed.status(idOf(flow, 'function', 'answer'), /^[1-9] objects, \d+ ms$/, { from, timeoutMs });
    const answers = nodeRed.heard
      .slice(from)
      .flatMap((heard) => (heard.kind === 'debug' && heard.name === 'answer' ? [heard.msg] : []));
    // Null at first, when several pictures came at once.
    const known = answers.flatMap((text) => /"capturedAt":(\d+)/.exec(text)?.[1] ?? []).map(Number);
    expect(known.length).toBeGreaterThan(10);
    // The clocks of two processes may be a millisecond apart.
    const times = [began, ...known, Date.now() + 1];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const response = await fetch(`${nodeRed.url}http/answer.jpg`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(Buffer.from(await response.arrayBuffer()).readUInt16BE(0)).toBe(0xffd8);
  });
});

describe('several-cameras.json', () => {
  it('starts every camera of the list as it is', async () => {
    const flow = example('several-cameras.json');
    const from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    const both = /^(?=.*front door: 3)(?=.*back yard: 3)/;
    await nodeRed.status(idOf(flow, 'function', 'counts of each'), both, { from, timeoutMs });
  });

  it.skipIf(clipsMissing)(
    'reads two addresses from one list and stops one camera alone (needs ../shared)',
    async () => {
      const list = [
        { name: 'front door', address: clip('pedestrians.mp4') },
        { name: 'back yard', address: clip('street-bframes.mp4') },
      ];
      const flow = changed(example('several-cameras.json'), 'webrtc-stream', { source: 'stream', loop: true });
      const props = [
        { p: 'payload', v: JSON.stringify(list), vt: 'json' },
        { p: 'action', v: 'start', vt: 'str' },
      ];
      const stopOne = {
        p: 'payload',
        v: JSON.stringify([{ name: 'back yard' }]),
        vt: 'json',
      };
      const results = { complete: '$join([stream, $string(metadata.width)], " ")', targetType: 'jsonata' };
      const looked = changed(flow, { type: 'debug', name: 'results' }, { ...results, tostatus: false });
      const listed = changed(looked, { type: 'inject', name: 'cameras' }, { props });
      const stop = { props: [stopOne, { p: 'action', v: 'stop', vt: 'str' }] };
      const from = nodeRed.heard.length;
      await nodeRed.deploy(changed(listed, { type: 'inject', name: 'stop all' }, stop));
      const told = (text: string) =>
        nodeRed.first((heard) => heard.kind === 'debug' && heard.msg === text, { from, timeoutMs });
      await Promise.all([told('front door 768'), told('back yard 426')]);
      await fetch(`${nodeRed.url}inject/${idOf(flow, 'inject', 'stop all')}`, { method: 'POST' });
      const isClosed = (heard: object) =>
        'name' in heard && heard.name === 'states' && JSON.stringify(heard).includes('closed');
      const closed = await nodeRed.first<{ kind: 'debug'; msg: string }>((heard) => isClosed(heard), {
        from,
        timeoutMs,
      });
      expect(closed.msg).toContain('back yard');
      const after = nodeRed.heard.length;
      await nodeRed.first((heard) => heard.kind === 'debug' && heard.msg === 'front door 768', {
        from: after,
        timeoutMs,
      });
    },
  );
});

describe('errors-and-status.json', () => {
  it('tells of a server that is killed, waits for it, and tells when it is back', async () => {
    const port = await freePort();
    const server = await demoProcess(port);
    const own = { server: 'own', url: server.url, interfaces: '127.0.0.1' };
    const flow = changed(example('errors-and-status.json'), 'webrtc-session', own);
    const outages = idOf(flow, 'function', 'outages');
    const debug = (name: string, text: RegExp, since: number) =>
      nodeRed.first((heard) => heard.kind === 'debug' && heard.name === name && text.test(heard.msg), {
        ...{ from: since, timeoutMs },
      });
    let from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    await nodeRed.status(outages, /^(up, 0|back, \d+) outages$/, { from, timeoutMs });

    from = nodeRed.heard.length;
    server.child.kill('SIGKILL');
    await debug('down and back', /^down$/, from);
    await debug('comes back by itself', /[A-Z]+_[A-Z]+/, from);
    await debug('badge', /^reconnecting/, from);
    await demoProcess(port);
    await debug('down and back', /^back$/, from);
    await nodeRed.status(outages, /^back, \d+ outages$/, { from, timeoutMs });
  });

  it('asks for help when waiting does not', async () => {
    const flow = changed(example('errors-and-status.json'), 'on-data', { fields: ['no such output'] });
    const from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    const help = (heard: object) => 'name' in heard && heard.name === 'needs you';
    const heard = await nodeRed.first<{ kind: 'debug'; msg: string }>((told) => help(told), { from, timeoutMs });
    expect(heard.msg).toContain('OUTPUT_UNKNOWN');
  });
});
