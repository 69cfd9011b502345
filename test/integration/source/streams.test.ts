/** SRT and HLS of a real FFmpeg; what a playlist may not reach; TEARDOWN at a real RTSP camera. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, watch } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveSource, SourceContext } from '../../../src/source/live-source';
import type { StreamSpec } from '../../../src/source/spec';
import { grows } from '../../unit/source/collecting-sink';
import { freePort } from '../free-port';
import { hasProtocol, startSender } from './ffmpeg-sender';
import type { Sender } from './ffmpeg-sender';
import { rtspMissing, startCamera } from './rtsp-server';
import { clip, clipsMissing, harness, openStream } from './source-harness';
import type { OpenedStream } from './source-harness';
import { startTap } from './tcp-tap';

const PASSPHRASE = 'right-Secret-1';
const srtMissing = !hasProtocol('srt');
if (srtMissing) console.warn('skipped: this FFmpeg has no SRT');

let context: SourceContext;
let children = new Map<number, boolean>();
let folder = '';
const sources: LiveSource[] = [];
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  ({ context, children } = await harness());
  folder = await mkdtemp(join(tmpdir(), 'streams-'));
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  for (const close of closers.splice(0).reverse()) await close();
  await rm(folder, { recursive: true });
  expect([...children.values()]).not.toContain(true);
});

function open(url: string, more: Partial<StreamSpec> = {}): OpenedStream {
  const opened = openStream({ url, ...more }, context);
  sources.push(opened.source);
  return opened;
}

function send(output: readonly string[], file = clip('pedestrians.mp4')): Sender {
  const sender = startSender(file, output);
  closers.push(() => sender.stop());
  return sender;
}

/** A listener is there a moment after its process: tries again as a session does. */
async function openOnce(url: string, more: Partial<StreamSpec>): Promise<ReturnType<typeof open>> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const opened = open(url, more);
    const isOpen = await opened.source.opened.then(
      () => true,
      () => false,
    );
    if (isOpen) return opened;
  }
  throw new Error(`${url} did not open`);
}

async function serve(listener: RequestListener): Promise<{ url: string; close(): Promise<unknown> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  return { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`, close };
}

describe.skipIf(srtMissing || clipsMissing)('an SRT stream', () => {
  it('with a passphrase is copied, and has stalled when its sender is gone', async () => {
    const port = await freePort();
    const address = `srt://127.0.0.1:${port}`;
    const sender = send(['-c', 'copy', '-f', 'mpegts', `${address}?mode=listener&passphrase=${PASSPHRASE}`]);
    const { source, sink } = await openOnce(address, { password: PASSPHRASE });
    expect(await source.opened).toMatchObject({ path: 'copied', codec: 'h264', width: 768, height: 576 });
    await sink.until(() => sink.units.length >= 5);
    expect(grows(sink.units)).toBe(true);
    await sender.stop();
    expect((await source.ended).error).toMatchObject({ code: 'SOURCE_STALLED', retry: true });
  });

  it('that refuses the passphrase says so and does not repeat it', async () => {
    const port = await freePort();
    const address = `srt://127.0.0.1:${port}`;
    send(['-c', 'copy', '-f', 'mpegts', `${address}?mode=listener&passphrase=${PASSPHRASE}`]);
    let error: unknown;
    do {
      const { source } = open(address, { password: 'wrong-Secret-1' });
      error = await source.opened.catch((thrown: unknown) => thrown);
      expect(JSON.stringify(error) + String(error)).not.toContain('wrong-Secret-1');
    } while ((error as { retry: boolean }).retry);
    expect(error).toMatchObject({ code: 'SOURCE_UNAUTHORIZED', retry: false });
  });

  it('of H.265 is encoded, and says why', async () => {
    const file = join(folder, 'hevc.ts');
    const size = ['-vf', 'scale=320:180', '-t', '4', '-c:v', 'libx265', '-preset', 'ultrafast'];
    const x265 = ['-x265-params', 'keyint=10:log-level=none', '-loglevel', 'error'];
    execFileSync('ffmpeg', ['-i', clip('pedestrians.mp4'), ...size, ...x265, file]);
    const address = `srt://127.0.0.1:${await freePort()}`;
    send(['-c', 'copy', '-f', 'mpegts', `${address}?mode=listener`], file);
    const { source, sink } = await openOnce(address, {});
    expect(await source.opened).toMatchObject({
      ...{ path: 'encoded', reason: 'codec H.265', codec: 'vp8', width: 320, height: 180 },
    });
    await sink.until(() => sink.units.length >= 3);
    expect(sink.units[0]).toMatchObject({ codec: 'vp8', keyframe: true });
  });

  it.each([
    ['srt://127.0.0.1:9000?passphrase=0123456789', {}],
    ['srt://127.0.0.1:9000', { username: 'me' }],
    ['srt://127.0.0.1:9000', { password: 'short' }],
  ])('%s with %o is refused before anything starts', async (url, more) => {
    const { source } = open(url, more);
    const error: unknown = await source.opened.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(String(error)).not.toContain('0123456789');
    expect(children.size).toBe(0);
  });
});

describe.skipIf(clipsMissing)('an HLS stream', () => {
  it('is copied in its own time, and has stalled when its server is gone', async () => {
    const playlist = join(folder, 'live.m3u8');
    send(['-c', 'copy', '-f', 'hls', '-hls_time', '2', '-hls_list_size', '5', playlist]);
    const server = await serve((request, response) => {
      const file = join(folder, basename(request.url ?? ''));
      if (!existsSync(file)) response.writeHead(404).end();
      else response.end(readFileSync(file));
    });
    // The sender writes its playlist with the first whole segment.
    for await (const { filename } of watch(folder, { signal: AbortSignal.timeout(30_000) })) {
      if (filename === basename(playlist)) break;
    }
    const { source, sink } = await openOnce(`${server.url}/live.m3u8`, {});
    expect(await source.opened).toMatchObject({ path: 'copied', codec: 'h264', width: 768 });
    await sink.until(() => sink.units.length >= 12);
    expect((sink.units[11]?.capturedAtMs ?? 0) - (sink.units[1]?.capturedAtMs ?? 0)).toBeGreaterThan(800);
    await server.close();
    expect((await source.ended).error).toMatchObject({ code: 'SOURCE_STALLED', retry: true });
  });

  it('cannot reach files or other protocols, nor can a redirect', async () => {
    const piece = join(folder, 'piece.ts');
    execFileSync('ffmpeg', ['-loglevel', 'error', '-i', clip('pedestrians.mp4'), '-t', '2', '-c', 'copy', piece]);
    const { url } = await serve((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: `file://${piece}` }).end();
      else {
        const segment = request.url === '/tcp.m3u8' ? 'tcp://127.0.0.1:22/x.ts' : `file://${piece}`;
        response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${segment}\n#EXT-X-ENDLIST\n`);
      }
    });
    for (const path of ['file.m3u8', 'tcp.m3u8', 'redirect']) {
      const { source, sink } = open(`${url}/${path}`);
      expect((await source.ended).error).toMatchObject({ name: 'SessionError' });
      expect(sink.units).toEqual([]);
    }
  });
});

describe.skipIf(rtspMissing || clipsMissing)('an RTSP camera that is closed', () => {
  it('is told so with TEARDOWN', async () => {
    const camera = await startCamera(clip('pedestrians.mp4'));
    closers.push(() => camera.stop());
    const tap = await startTap(Number(new URL(camera.url).port));
    closers.push(() => tap.close());
    const { source } = open(`rtsp://127.0.0.1:${tap.port}/cam`);
    await source.opened;
    expect(tap.heard()).toContain('PLAY rtsp://');
    expect(tap.heard()).not.toContain('TEARDOWN');
    await source.close();
    expect(tap.heard()).toContain('TEARDOWN rtsp://');
  });
});
