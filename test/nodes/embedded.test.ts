import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebcams } from '../integration/source/webcams';
import type { Webcams } from '../integration/source/webcams';
import { changed, example, EXAMPLES, idOf } from './example-flows';
import { eventually, NodeRed, PACKAGE_ROOT } from './node-red';
import type { Heard, Holdings } from './node-red';

const CLIP = path.join(PACKAGE_ROOT, '../shared/media/ten-frames.mp4');

async function picture(url: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const response = await fetch(`${nodeRed.url}http/${url}`);
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

let nodeRed: NodeRed;
let webcams: Webcams;

beforeAll(async () => {
  webcams = await startWebcams();
  nodeRed = await new NodeRed('headless').ready();
});
afterAll(async () => {
  await nodeRed.stop();
  await webcams.stop();
});

describe('examples', () => {
  it('use every node of the palette', () => {
    const types = new Set(readdirSync(EXAMPLES).flatMap((name) => example(name).map((node) => node.type)));
    for (const type of ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame']) expect(types).toContain(type);
  });

  it.each(readdirSync(EXAMPLES))('%s holds only nodes that Node-RED has, or says what to install', async (name) => {
    const response = await fetch(`${nodeRed.url}nodes`, { headers: { accept: 'application/json' } });
    const sets = (await response.json()) as { types: string[]; err?: string }[];
    const known = new Set([...sets.flatMap(({ types }) => types), 'tab', 'group']);
    const foreign = example(name).filter(({ type }) => !known.has(type));
    const told = example(name).find(({ type }) => type === 'comment');
    expect(foreign.filter(({ type }) => !type.startsWith('ui-') && !type.startsWith('subflow'))).toEqual([]);
    const dashboard = foreign.some(({ type }) => type.startsWith('ui-'));
    expect(`${told?.name} ${String(told?.['info'])}`.includes('@flowfuse/node-red-dashboard')).toBe(dashboard);
    expect(sets.filter(({ err }) => err !== undefined)).toEqual([]);
  });

  it('getting-started.json finds the three moving squares and shows pictures', async () => {
    const flow = example('getting-started.json');
    const from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    const stream = idOf(flow, 'webrtc-stream');
    const live = await nodeRed.status(stream, /^live, \d+\.\d fps$/, { from });
    expect(live).toMatchObject({ status: { fill: 'green', shape: 'dot' } });
    await nodeRed.status(idOf(flow, 'on-data'), /^live/, { from });
    await nodeRed.status(idOf(flow, 'function', 'count objects'), /^3 objects, frame/, { from });
    await nodeRed.status(idOf(flow, 'function', 'show frames'), /^frame \d+, \d+\.\d kB$/, { from });
    await nodeRed.first((heard) => heard.kind === 'debug' && heard.name === 'motion' && heard.msg === 'true', { from });
    const page = await fetch(`${nodeRed.url}http/live`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('live.jpg');
    const [one, other] = [await picture('live.jpg'), await picture('live.jpg')];
    expect(one.bytes.readUInt16BE(0)).toBe(0xffd8);
    expect(other.bytes.length).toBeGreaterThan(1_000);
    await nodeRed.deploy([]);
  });

  it('snapshot-over-http.json answers with the newest picture and its counts, and 503 without one', async () => {
    const flow = example('snapshot-over-http.json');
    const from = nodeRed.heard.length;
    await nodeRed.deploy(flow);
    await nodeRed.status(idOf(flow, 'webrtc-stream'), /^live/, { from });
    const { status, headers, bytes } = await picture('snapshot?stream=camera');
    expect([status, headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(bytes.readUInt16BE(0)).toBe(0xffd8);
    expect(JSON.parse(headers.get('x-classes') ?? '')).toBeTypeOf('object');
    const none = await picture('snapshot?stream=nobody');
    expect(none.status).toBe(503);
    expect(none.bytes.toString()).toContain('"nobody"');
    await nodeRed.deploy([]);
  });

  it.skipIf(!existsSync(CLIP))(
    'webcam-annotate.json says that no webcam is there, and draws boxes once it is plugged in (stand-in, needs ../shared/media)',
    async () => {
      const flow = changed(example('webcam-annotate.json'), 'webrtc-session', { ffmpegPath: webcams.ffmpegPath });
      await webcams.unplug();
      const from = nodeRed.heard.length;
      await nodeRed.deploy(flow);
      const said = (heard: Heard) => heard.kind === 'debug' && heard.name === 'problem' && /No webcam/.test(heard.msg);
      await nodeRed.first(said, { from });
      const none = await picture('webcam.jpg');
      expect(none.status).toBe(503);
      expect(none.bytes.toString()).toContain('No webcam was found on the machine that runs Node-RED: plug one in');
      await webcams.plugIn();
      await nodeRed.status(idOf(flow, 'webrtc-stream'), /^live/, { from, timeoutMs: 50_000 });
      // Each request waits five seconds for a picture, which a busy machine may take longer for.
      let answer = await picture('webcam.jpg');
      for (let again = 0; again < 5 && answer.status === 503; again += 1) answer = await picture('webcam.jpg');
      const { status, headers, bytes } = answer;
      expect([status, headers.get('content-type'), bytes.toString('latin1', 0, 2)]).toEqual([
        ...[200, 'image/jpeg', '\u00ff\u00d8'],
      ]);
      expect(await (await fetch(`${nodeRed.url}http/webcam`)).text()).toContain('webcam.jpg');
      await nodeRed.deploy([]);
    },
    120_000,
  );

  it.skipIf(!existsSync(CLIP))(
    'video-file-to-csv.json writes a line for every frame (needs ../shared/media)',
    async () => {
      const directory = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-csv-'));
      const csv = path.join(directory, 'objects.csv');
      try {
        const paths = { video: CLIP, csv };
        const flow = example('video-file-to-csv.json').map((node) => {
          // `cancel` is an inject node too, and would end what `start` began.
          if (node.name !== 'start') return node;
          const props = (node['props'] as { p: keyof typeof paths }[]).map((prop) =>
            prop.p in paths ? { ...prop, v: paths[prop.p] } : prop,
          );
          return { ...node, props, once: true };
        });
        const from = nodeRed.heard.length;
        await nodeRed.deploy(flow);
        await nodeRed.first((heard) => heard.kind === 'debug' && heard.name === 'end' && heard.msg === 'complete', {
          from,
        });
        const text = await eventually(
          () => (existsSync(csv) ? readFileSync(csv, 'utf8') : ''),
          (content) => content.trim().split('\n').length >= 10,
        );
        const frames = text
          .trim()
          .split('\n')
          .map((line) => line.split(','));
        expect(frames.map(([frame]) => Number(frame))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        expect(frames.every(([, objects]) => Number.isInteger(Number(objects)))).toBe(true);
        await nodeRed.deploy([]);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});

describe('a subflow with a session of its own', () => {
  it('runs once an instance, each with its own data and its own environment', async () => {
    const place = { z: 'camera', x: 100, y: 100 };
    const size = { width: '320', height: '180' };
    const instance = (name: string) => [
      {
        ...{ id: `instance-${name}`, type: 'subflow:camera', z: 'tab', x: 100, y: 100 },
        env: [{ name: 'LABEL', value: name, type: 'str' }],
        wires: [[`debug-${name}`]],
      },
      {
        ...{ id: `debug-${name}`, type: 'debug', name, z: 'tab', x: 100, y: 100, active: true, tosidebar: true },
        ...{ complete: 'stream', targetType: 'msg', wires: [] },
      },
    ];
    const from = nodeRed.heard.length;
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'two cameras' },
      {
        id: 'camera',
        type: 'subflow',
        name: 'camera',
        in: [],
        out: [{ x: 9, y: 9, wires: [{ id: 'data', port: 0 }] }],
      },
      { id: 'demo-session', type: 'webrtc-session', z: 'camera', server: 'demo' },
      { ...place, ...size, id: 'live', type: 'webrtc-stream', name: '${LABEL}', session: 'demo-session', wires: [[]] },
      { ...place, id: 'data', type: 'on-data', session: 'demo-session', fields: ['motion'], wires: [[]] },
      ...instance('one'),
      ...instance('two'),
    ]);
    for (const name of ['one', 'two'])
      await nodeRed.first((heard) => heard.kind === 'debug' && heard.msg === name, { from });
    const mixed = nodeRed.heard.slice(from).filter((heard) => heard.kind === 'debug' && heard.msg !== heard.name);
    expect(mixed).toEqual([]);
    await nodeRed.deploy([]);
  });
});

describe('templates of a session', () => {
  it('are filled in from a context store that takes its time; a name without a value is told by its field', async () => {
    const place = { z: 'tab', x: 100, y: 100 };
    const debug = { ...place, type: 'debug', active: true, tosidebar: true, targetType: 'msg', wires: [] };
    const flow = (modelId: string) => [
      { id: 'tab', type: 'tab', label: 'templates' },
      { id: 'session', type: 'webrtc-session', server: 'demo', workflow: 'model', modelId },
      { ...place, id: 'now', type: 'inject', props: [], once: true, onceDelay: '0.1', wires: [['remember']] },
      {
        ...{ ...place, id: 'remember', type: 'function', outputs: 1, wires: [['stream']] },
        func: "flow.set('model', 'demo-object-detection', 'slow', () => node.send({ action: 'start' }));",
      },
      {
        ...{ ...place, id: 'stream', type: 'webrtc-stream', session: 'session', start: 'message', wires: [[]] },
        ...{ width: '320', height: '180' },
      },
      { ...place, id: 'data', type: 'on-data', session: 'session', fields: ['predictions'], wires: [['seen']] },
      { ...debug, id: 'seen', name: 'seen', complete: 'topic' },
      { ...place, id: 'catch', type: 'catch', scope: null, wires: [['problem']] },
      { ...debug, id: 'problem', name: 'problem', complete: 'error.message' },
    ];
    let from = nodeRed.heard.length;
    await nodeRed.deploy(flow('{{flow[slow].model}}'));
    await nodeRed.first((heard) => heard.kind === 'debug' && heard.name === 'seen' && heard.msg === 'predictions', {
      from,
    });
    from = nodeRed.heard.length;
    await nodeRed.deploy(flow('{{flow[slow].other}}'));
    await nodeRed.first(
      (heard) => heard.kind === 'debug' && heard.msg.includes('{{flow[slow].other}} in "modelId" has no value'),
      { from },
    );
    await nodeRed.deploy([]);
  });
});

describe('a deploy of other nodes', () => {
  it('leaves the session alone: its frames count on', async () => {
    const place = { z: 'tab', x: 100, y: 100 };
    const flow = (text: string) => [
      { id: 'tab', type: 'tab', label: 'camera' },
      { id: 'other', type: 'tab', label: 'other' },
      { id: 'demo-session', type: 'webrtc-session', server: 'demo' },
      {
        ...place,
        id: 'live',
        type: 'webrtc-stream',
        session: 'demo-session',
        width: '320',
        height: '180',
        wires: [[]],
      },
      { ...place, id: 'data', type: 'on-data', session: 'demo-session', fields: ['motion'], wires: [['count']] },
      {
        ...{ ...place, id: 'count', type: 'debug', name: 'count', active: true, tosidebar: true, wires: [] },
        ...{ complete: 'metadata.frame_id', targetType: 'msg' },
      },
      { ...place, id: 'beside', type: 'comment', name: text, wires: [] },
      {
        id: 'away',
        type: 'function',
        z: 'other',
        x: 100,
        y: 100,
        func: `return ${JSON.stringify(text)};`,
        wires: [[]],
      },
    ];
    const next = async (from: number): Promise<number> => {
      const heard = await nodeRed.first((event) => event.kind === 'debug' && event.name === 'count', { from });
      return heard.kind === 'debug' ? Number(heard.msg) : 0;
    };
    const first = nodeRed.heard.length;
    await nodeRed.deploy(flow('one'));
    await nodeRed.status('live', /^live, /, { from: first });
    const since = nodeRed.heard.length;
    let newest = await next(since);
    for (const [text, type] of [
      ['two', 'nodes'],
      ['three', 'flows'],
    ] as const) {
      await nodeRed.deploy(flow(text), type);
      // A fresh session would begin at 1.
      const after = await next(nodeRed.heard.length);
      expect(after).toBeGreaterThan(newest);
      newest = after;
    }
    const states = nodeRed.heard.slice(since).flatMap((heard) => {
      return heard.kind === 'status' && heard.id === 'live' ? [heard.status.text ?? ''] : [];
    });
    expect(states.filter((text) => !text.startsWith('live'))).toEqual([]);
    await nodeRed.deploy([]);
  });
});

describe('a redeploy', () => {
  it('asks for another field without an interruption, and restarts the stream for its first picture', async () => {
    const flow = example('getting-started.json').filter(({ type }) => type !== 'on-frame');
    const stream = idOf(flow, 'webrtc-stream');
    let from = nodeRed.heard.length;
    await nodeRed.deploy(changed(flow, 'on-data', { fields: ['predictions', 'motion'] }));
    await nodeRed.status(stream, /^live/, { from });
    const function_ = idOf(flow, 'function', 'count objects');
    await nodeRed.status(function_, /objects/, { from });

    from = nodeRed.heard.length;
    await nodeRed.deploy(changed(flow, 'on-data', { fields: ['predictions', 'alarm'] }), 'nodes');
    await nodeRed.first((heard) => heard.kind === 'debug' && heard.name === 'motion' && heard.msg === 'false', {
      from,
    });
    const texts = nodeRed.heard
      .slice(from)
      .map((heard) => (heard.kind === 'status' && heard.id === stream ? heard.status.text : ''));
    expect(texts.filter((text) => text !== '' && !/^live/.test(text ?? ''))).toEqual([]);

    from = nodeRed.heard.length;
    await nodeRed.deploy(example('getting-started.json'), 'nodes');
    await nodeRed.status(stream, /^connecting/, { from });
    await nodeRed.status(idOf(example('getting-started.json'), 'function', 'show frames'), /^frame/, { from });
    await nodeRed.deploy([]);
  });

  it.skipIf(process.platform !== 'linux')(
    '50 times over, at any moment of a start, leaves no process, thread, socket or file behind',
    async () => {
      const flow = example('getting-started.json');
      const stream = idOf(flow, 'webrtc-stream');
      const cycle = async (round: number, until: RegExp): Promise<void> => {
        const from = nodeRed.heard.length;
        await nodeRed.deploy(changed(flow, 'webrtc-session', { name: `round ${round}` }));
        await nodeRed.status(stream, until, { from });
      };
      const settled = async (): Promise<Holdings> => {
        await nodeRed.deploy([]);
        return eventually(
          () => nodeRed.holdings(),
          ({ children }) => children.length === 0,
        );
      };
      // Twice: thread pools of Node.js and caches of FFmpeg are filled by then.
      await cycle(0, /^live/);
      await cycle(1, /^live/);
      await settled();
      const before = await eventuallyStable();

      const moments = [/^connecting/, /^warming up/, /^live/, /^connecting/, /^live, /];
      for (let round = 0; round < 50; round += 1) await cycle(round, moments[round % moments.length] ?? /^live/);
      await settled();
      const after = await eventually(
        () => nodeRed.holdings(),
        ({ threads, descriptors }) => threads <= before.threads && descriptors <= before.descriptors,
      );
      expect(after.children).toEqual([]);
      expect(after.temporaryFiles).toEqual(before.temporaryFiles);
      expect(nodeRed.alive).toBe(true);
    },
    300_000,
  );
});

/** What Node-RED holds once closing connections have gone. */
async function eventuallyStable(): Promise<Holdings> {
  let last = '';
  let same = 0;
  return eventually(
    () => nodeRed.holdings(),
    (holdings) => {
      const now = JSON.stringify(holdings);
      same = now === last ? same + 1 : 0;
      last = now;
      return same >= 10;
    },
  );
}
