/** A real RTSP camera (GStreamer) read by a real FFmpeg. */
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveSource, SourceContext } from '../../../src/source/live-source';
import { openSource } from '../../../src/source/open-source';
import type { StreamSpec } from '../../../src/source/spec';
import { CollectingSink, grows } from '../../unit/source/collecting-sink';
import { freePort } from '../free-port';
import { clip, clipsMissing, harness, openStream } from './source-harness';
import type { OpenedStream } from './source-harness';
import { rtspMissing, startCamera } from './rtsp-server';
import type { RtspCamera } from './rtsp-server';

const LOGIN = { user: 'us er', password: "p@ss:w/o?rd#%!'()*" };

let context: SourceContext;
let children = new Map<number, boolean>();
const sources: LiveSource[] = [];
const cameras: RtspCamera[] = [];

beforeEach(async () => ({ context, children } = await harness()));
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  await Promise.all(cameras.splice(0).map((camera) => camera.stop()));
  expect([...children.values()]).not.toContain(true);
});

async function camera(login?: typeof LOGIN): Promise<RtspCamera> {
  const started = await startCamera(clip('pedestrians.mp4'), login);
  cameras.push(started);
  return started;
}

function open(url: string, more: Partial<StreamSpec> = {}): OpenedStream {
  const opened = openStream({ url, ...more }, context);
  sources.push(opened.source);
  return opened;
}

describe.skipIf(rtspMissing || clipsMissing)('an RTSP camera', () => {
  it('is copied and can go on encoded, all with one reader', async () => {
    const { url } = await camera();
    const { source, sink } = open(url);
    expect(await source.opened).toMatchObject({ path: 'copied', codec: 'h264', width: 768, height: 576 });
    await sink.until(() => sink.units.length >= 20);
    expect(sink.units[0]).toMatchObject({ codec: 'h264', keyframe: true });
    expect(sink.facts.at(-1)).toMatchObject({ fps: 10 });
    source.encodeInstead('a test');
    await sink.until(() => sink.units.length >= 26);
    expect(grows(sink.units)).toBe(true);
    expect(sink.units.at(-1)).toMatchObject({ codec: 'vp8' });
    expect([...children.values()]).toEqual([true, true]);
  });

  it('stays open without sinks and gives a later one a keyframe', async () => {
    const { url } = await camera();
    const source = openSource({ kind: 'stream', url }, context);
    sources.push(source);
    await source.opened;
    const sink = new CollectingSink();
    const detach = source.attach(sink);
    await sink.until(() => sink.units.length >= 2);
    detach();
    const next = new CollectingSink();
    source.attach(next);
    await next.until(() => next.units.length >= 2);
    expect([sink.units[0]?.keyframe, next.units[0]?.keyframe]).toEqual([true, true]);
    expect(next.units[0]?.pts90k).toBeGreaterThan(sink.units[0]?.pts90k ?? 0);
    expect([...children.values()]).toEqual([true]);
  });

  it('is let go of at once, so that the next reader finds it free', async () => {
    const { url } = await camera();
    for (let round = 0; round < 2; round += 1) {
      const { source, sink } = open(url);
      await sink.until(() => sink.units.length >= 1);
      const before = performance.now();
      await source.close();
      expect(performance.now() - before).toBeLessThan(1500);
      expect(await source.ended).toEqual({ error: null });
    }
  });

  it('takes user and password with every kind of character', async () => {
    const { url } = await camera(LOGIN);
    const { source } = open(url, { username: LOGIN.user, password: LOGIN.password });
    expect(await source.opened).toMatchObject({ path: 'copied' });
  });

  it('that refuses the password says so and does not repeat it', async () => {
    const { url } = await camera(LOGIN);
    for (const password of ['wrong-password', undefined]) {
      const { source } = open(url, password === undefined ? {} : { username: LOGIN.user, password });
      const error: unknown = await source.opened.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'SOURCE_UNAUTHORIZED', retry: false });
      expect(JSON.stringify(error) + String(error)).not.toContain('wrong-password');
    }
  });

  it('that goes away in the middle has stalled', async () => {
    const started = await camera();
    const { source, sink } = open(started.url);
    await sink.until(() => sink.units.length >= 3);
    await started.stop();
    expect((await source.ended).error).toMatchObject({ code: 'SOURCE_STALLED', retry: true });
  });

  it('that falls silent in the middle has stalled, too', async () => {
    const { url, child } = await camera();
    const { source, sink } = open(url);
    await sink.until(() => sink.units.length >= 3);
    child.kill('SIGSTOP');
    expect((await source.ended).error).toMatchObject({ code: 'SOURCE_STALLED', retry: true });
  });
});

describe('a camera that is not there', () => {
  it('is unreachable where nobody listens', async () => {
    const { source } = open(`rtsp://127.0.0.1:${await freePort()}/cam`);
    await expect(source.opened).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', retry: true });
  });

  it('is unreachable where somebody listens and says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const { source } = open(`rtsp://127.0.0.1:${port}/cam`);
    await expect(source.opened).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', retry: true });
    await source.close();
    silent.close();
  });

  it('starts nothing for an address that is refused', async () => {
    const { source } = open('rtsp://user:pass@127.0.0.1/cam');
    await expect(source.opened).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(children.size).toBe(0);
  });
});
