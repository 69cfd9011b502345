/** Files and HTTP streams, played by real FFmpegs in real time. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LiveSource, SourceContext } from '../../../src/source/live-source';
import { openSource } from '../../../src/source/open-source';
import type { StreamSpec } from '../../../src/source/spec';
import { CollectingSink, grows } from '../../unit/source/collecting-sink';
import { clip, clipsMissing, harness } from './source-harness';

let context: SourceContext;
let children = new Map<number, boolean>();
const sources: LiveSource[] = [];

beforeEach(async () => ({ context, children } = await harness()));
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  expect([...children.values()]).not.toContain(true);
});

function open(url: string, more: Partial<StreamSpec> = {}): { source: LiveSource; sink: CollectingSink } {
  const source = openSource({ kind: 'stream', url, ...more }, context);
  sources.push(source);
  return { source, sink: new CollectingSink() };
}

const times = (sink: CollectingSink): number[] => sink.units.map(({ pts90k }) => pts90k);
const codecs = (sink: CollectingSink): string[] => [...new Set(sink.units.map(({ codec }) => codec))];

describe.skipIf(clipsMissing)('a file', () => {
  it('is copied when it qualifies, each picture in its own time', async () => {
    const { source, sink } = open(clip('pedestrians.mp4'));
    expect(await source.opened).toEqual({
      ...{ path: 'copied', reason: null, codec: 'h264', width: 768, height: 576, fps: 10 },
    });
    source.attach(sink);
    await sink.until(() => sink.units.length >= 22);
    expect(times(sink).slice(0, 22)).toEqual(Array.from({ length: 22 }, (_, index) => index * 9000));
    expect(sink.units.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))).toEqual([0, 20]);
    const spentMs = (sink.units[21]?.capturedAtMs ?? 0) - (sink.units[1]?.capturedAtMs ?? 0);
    expect(spentMs).toBeGreaterThan(1800);
    expect(spentMs).toBeLessThan(3000);
  });

  it('is encoded when it has B-frames, with every picture in its place', async () => {
    const { source, sink } = open(clip('street-bframes.mp4'));
    expect(await source.opened).toMatchObject({
      path: 'encoded',
      reason: 'B-frames',
      width: 426,
      height: 240,
      fps: 30,
    });
    source.attach(sink);
    await sink.until(() => sink.units.length >= 45);
    expect(codecs(sink)).toEqual(['vp8']);
    expect(times(sink).slice(0, 45)).toEqual(Array.from({ length: 45 }, (_, index) => index * 3000));
  });

  it('of ten frames gives exactly ten access units, however late its sink comes', async () => {
    const { source, sink } = open(clip('ten-frames.mp4'));
    expect(await source.opened).toMatchObject({ path: 'encoded', reason: 'codec MPEG-4 Part 2' });
    await new Promise((resolve) => context.clock.after(1000, () => resolve(undefined)));
    source.attach(sink);
    expect(await source.ended).toEqual({ error: null });
    expect(times(sink)).toEqual(Array.from({ length: 10 }, (_, index) => index * 3000));
  });

  it('that lies on its side is turned upright', async () => {
    const { source, sink } = open(clip('rotated.mp4'));
    expect(await source.opened).toMatchObject({ path: 'encoded', reason: 'rotated', width: 576, height: 768 });
    source.attach(sink);
    expect(await source.ended).toEqual({ error: null });
    expect(sink.units).toHaveLength(30);
    // RFC 6386 §9.1: the size stands in a keyframe.
    expect([sink.units[0]?.data.readUInt16LE(6), sink.units[0]?.data.readUInt16LE(8)]).toEqual([576, 768]);
  });

  it('loops on demand, with timestamps that go on', async () => {
    const { source, sink } = open(clip('ten-frames.mp4'), { loop: true });
    source.attach(sink);
    await sink.until(() => sink.units.length >= 35);
    expect(times(sink).slice(0, 35)).toEqual(Array.from({ length: 35 }, (_, index) => index * 3000));
  });

  it('is encoded from the next picture on when that is asked for, without being read anew', async () => {
    const { source, sink } = open(clip('pedestrians.mp4'));
    source.attach(sink);
    await sink.until(() => sink.units.length >= 8);
    const before = [...children].filter(([, running]) => running).map(([pid]) => pid);
    source.encodeInstead('a test');
    await sink.until(() => sink.units.length >= 16);
    expect(times(sink).slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, index) => index * 9000));
    expect(sink.units.slice(0, 8).every(({ codec }) => codec === 'h264')).toBe(true);
    expect(sink.units[8]).toMatchObject({ codec: 'vp8', keyframe: true });
    expect(sink.facts.at(-1)).toMatchObject({ path: 'encoded', reason: 'a test', codec: 'vp8' });
    expect(before.map((pid) => children.get(pid))).toEqual([true]);
  });

  it('goes on for a second sink, which begins at a keyframe of its own', async () => {
    const { source, sink } = open(clip('pedestrians.mp4'));
    const late = new CollectingSink();
    source.attach(sink);
    await sink.until(() => sink.units.length >= 5);
    source.attach(late);
    await late.until(() => late.units.length >= 2);
    expect(times(late).slice(0, 2)).toEqual([180_000, 189_000]);
    expect(late.facts[0]).toMatchObject({ path: 'copied' });
    expect(grows(sink.units)).toBe(true);
  });

  it('that is killed on the way ends with an error, not like a file at its end', async () => {
    const { source, sink } = open(clip('pedestrians.mp4'));
    source.attach(sink);
    await sink.until(() => sink.units.length >= 3);
    for (const [pid, running] of children) if (running) process.kill(pid, 'SIGKILL');
    expect((await source.ended).error).toMatchObject({ code: 'FFMPEG_FAILED', retry: true });
  });

  it('can be closed at any time, twice, and before it has opened', async () => {
    const { source } = open(clip('pedestrians.mp4'));
    await Promise.all([source.close(), source.close()]);
    await expect(source.opened).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(await source.ended).toEqual({ error: null });
    source.attach(new CollectingSink())();
  });
});

describe('a file that is none', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'source-'));
    await writeFile(join(folder, 'empty.mp4'), '');
    await writeFile(join(folder, 'text.mp4'), 'This is not a video.\n'.repeat(100));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['missing.mp4', 'SOURCE_FILE_UNREADABLE'],
    ['empty.mp4', 'SOURCE_FILE_UNREADABLE'],
    ['.', 'SOURCE_FILE_UNREADABLE'],
    ['text.mp4', 'SOURCE_UNSUPPORTED'],
  ])('%s ends with %s', async (name, code) => {
    const { source } = open(join(folder, name));
    await expect(source.opened).rejects.toMatchObject({ code, retry: false });
    expect((await source.ended).error).toMatchObject({ code });
  });
});

describe.skipIf(clipsMissing)('an HTTP stream', () => {
  let server: Server | undefined;
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  });

  async function serve(listener: RequestListener): Promise<string> {
    const listening = createServer(listener);
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const address = listening.address();
    return address !== null && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : '';
  }

  it('of a video file plays in real time and is copied', async () => {
    const bytes = readFileSync(clip('pedestrians.mp4'));
    const url = await serve((_, response) => response.end(bytes));
    const { source, sink } = open(`${url}/clip.mp4`);
    expect(await source.opened).toMatchObject({ path: 'copied', width: 768 });
    source.attach(sink);
    await sink.until(() => sink.units.length >= 12);
    const spentMs = (sink.units[11]?.capturedAtMs ?? 0) - (sink.units[1]?.capturedAtMs ?? 0);
    expect(spentMs).toBeGreaterThan(800);
  });

  it('of JPEGs is stamped with the time they come in', async () => {
    const jpeg = await jpegs();
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
      const send = setInterval(() => {
        response.write(`--frame\r\ncontent-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`);
        response.write(Buffer.concat([jpeg, Buffer.from('\r\n')]));
      }, 100);
      response.on('close', () => clearInterval(send));
    });
    const { source, sink } = open(url);
    expect(await source.opened).toMatchObject({ path: 'encoded', reason: 'codec Motion JPEG' });
    source.attach(sink);
    await sink.until(() => sink.units.length >= 16);
    const [first = 0, last = 0] = [times(sink)[5], times(sink)[15]];
    expect((last - first) / 90_000).toBeGreaterThan(0.8);
    expect((last - first) / 90_000).toBeLessThan(1.4);
    expect(grows(sink.units)).toBe(true);
  });

  it.each([
    [401, 'SOURCE_UNAUTHORIZED'],
    [404, 'SOURCE_UNREACHABLE'],
    [503, 'SOURCE_UNREACHABLE'],
  ])('that is answered with %i ends with %s', async (status, code) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    const { source } = open(url);
    await expect(source.opened).rejects.toMatchObject({ code });
  });

  it('asks for user and password as given and shows neither', async () => {
    let seen = '';
    const url = await serve((request, response) => {
      seen = request.headers.authorization ?? seen;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    const { source } = open(url, { username: 'us er', password: 'p@ss:w/o#rd' });
    const error: unknown = await source.opened.catch((thrown: unknown) => thrown);
    expect(Buffer.from(seen.replace('Basic ', ''), 'base64').toString()).toBe('us er:p@ss:w/o#rd');
    expect(error).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/p@ss|p%40ss/i);
  });

  async function jpegs(): Promise<Buffer> {
    const { spawnSync } = await import('node:child_process');
    const args = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=160x120', '-frames:v', '1', '-f', 'mjpeg', '-'];
    return spawnSync(context.ffmpeg.path, args).stdout;
  }
});
