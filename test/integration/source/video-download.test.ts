/** Video files at addresses: a real web server that answers, sends on, breaks off or stands still. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadVideo } from '../../../src/source/video-download';
import type { VideoDownload } from '../../../src/source/video-download';
import { tunnelTo } from '../../unit/signalling/connect-proxy';

const VIDEO = Buffer.alloc(300_000, 'video');

interface Seen {
  url: string;
  authorization: string | undefined;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-cache-test-'));
const cache = path.join(folder, 'cache');
let seen: Seen[] = [];
let other = '';
const answers: Record<string, http.RequestListener> = {
  '/clip.mp4': (_request, response) => void response.writeHead(200, { 'content-length': VIDEO.length }).end(VIDEO),
  '/chunked.webm': (_request, response) => {
    response.writeHead(200);
    response.write(VIDEO.subarray(0, 1_000));
    response.end(VIDEO.subarray(1_000));
  },
  '/empty.mp4': (_request, response) => void response.writeHead(200, { 'content-length': 0 }).end(),
  '/short.mp4': (_request, response) => {
    response.writeHead(200, { 'content-length': VIDEO.length });
    response.write(VIDEO.subarray(0, 100_000), () => response.destroy());
  },
  '/slow.mp4': (_request, response) => {
    response.writeHead(200, { 'content-length': VIDEO.length });
    response.write(VIDEO.subarray(0, 100_000));
  },
  '/moved': (_request, response) => void response.writeHead(302, { location: 'clip.mp4' }).end(),
  '/elsewhere': (_request, response) => void response.writeHead(307, { location: `${other}/clip.mp4` }).end(),
  '/loop': (_request, response) => void response.writeHead(301, { location: '/loop' }).end(),
  '/file': (_request, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
};
const serve = (): http.Server =>
  http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    const status = Number(pathname.slice(1));
    if (status >= 400) response.writeHead(status).end();
    else (answers[pathname] ?? ((_, missing) => void missing.writeHead(404).end()))(request, response);
  });
const servers = [serve(), serve()];
let base = '';

beforeAll(async () => {
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  [base = '', other = ''] = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  seen = [];
  rmSync(cache, { recursive: true, force: true });
});

function request(address: string, over: Partial<VideoDownload> = {}): VideoDownload {
  return {
    ...{ address, url: new URL(address), username: '', password: '', cache: true, maxBytes: 1_000_000 },
    route: () => ({}),
    signal: new AbortController().signal,
    environment: { INFERENCE_SDK_VIDEO_CACHE_DIR: cache },
    onProgress: () => undefined,
    ...over,
  };
}
const cached = (): string[] => {
  try {
    return readdirSync(cache);
  } catch {
    return [];
  }
};
const temporary = (): string[] => readdirSync(os.tmpdir()).filter((name) => name.startsWith('inference-webrtc-video-'));

describe('a video at an address', () => {
  it('is fetched once, and kept under the name that the official client gives it', async () => {
    const progress: [number, number | null][] = [];
    const address = `${base}/clip.mp4?signature=abc`;
    const onProgress = (done: number, total: number | null) => void progress.push([done, total]);
    const video = await downloadVideo(request(address, { onProgress }));
    expect(readFileSync(video.path).equals(VIDEO)).toBe(true);
    expect([progress[0], progress.at(-1)]).toEqual([
      [0, VIDEO.length],
      [VIDEO.length, VIDEO.length],
    ]);
    const again = await downloadVideo(request(address));
    expect([again.path, seen.length]).toEqual([video.path, 1]);
    const hash = createHash('sha256').update(address).digest('hex').slice(0, 32);
    await again.close();
    expect(cached()).toEqual([`${hash}.mp4`]);
    await again.discard();
    expect(cached()).toEqual([]);
  });

  it('is temporary by choice, and its size may be unknown', async () => {
    const before = temporary();
    const video = await downloadVideo(request(`${base}/chunked.webm`, { cache: false }));
    expect([path.extname(video.path), readFileSync(video.path).length]).toEqual(['.webm', VIDEO.length]);
    await video.close();
    expect([temporary(), cached()]).toEqual([before, []]);
  });

  it('is found by way of another address; user and password stay with the first', async () => {
    await downloadVideo(request(`${base}/moved`, { username: 'ann', password: 'secret' }));
    await downloadVideo(request(`${base}/elsewhere`, { username: 'ann', password: 'secret' }));
    const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    expect(seen.map(({ authorization }) => authorization)).toEqual([basic, basic, basic, undefined]);
  });

  it('is fetched by both of two who want it at once, each whole', async () => {
    const [one, two] = await Promise.all([
      downloadVideo(request(`${base}/clip.mp4`)),
      downloadVideo(request(`${base}/clip.mp4`)),
    ]);
    expect(one.path).toBe(two.path);
    expect(readFileSync(one.path).equals(VIDEO)).toBe(true);
    expect(cached()).toHaveLength(1);
  });

  it.each([
    ['/short.mp4', true, /cannot be reached: it broke the connection off/],
    ['/empty.mp4', false, /the file is empty/],
    ['/none.mp4', false, /it is not there \(404\)/],
    ['/403', false, /signed address may have expired \(403\)/],
    ['/503', true, /the server refuses it \(503\)/],
    ['/loop', false, /sent on more than 10 times/],
    ['/file', false, /sent on to file:, which is not allowed/],
  ])('that fails says why, without its secrets, and leaves nothing: %s', async (name, retry, text) => {
    for (const keep of [true, false]) {
      const before = temporary();
      const failing = downloadVideo(
        request(`${base}${name}?X-Amz-Signature=hidden`, { cache: keep, password: 'secret' }),
      );
      await expect(failing).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', retry });
      await expect(failing).rejects.toThrow(text);
      await expect(failing).rejects.not.toThrow(/hidden|secret/);
      expect([temporary(), cached()]).toEqual([before, []]);
    }
  });

  it('that is too large is refused by its size, or while it comes when the server does not say', async () => {
    for (const name of ['/clip.mp4', '/chunked.webm']) {
      await expect(downloadVideo(request(`${base}${name}`, { maxBytes: 200_000 }))).rejects.toThrow('larger than 0 MB');
      expect(cached()).toEqual([]);
    }
  });

  it('can be cancelled while it comes, and leaves nothing', async () => {
    const abort = new AbortController();
    const onProgress = (done: number) => {
      if (done > 0) abort.abort();
    };
    const failing = downloadVideo(request(`${base}/slow.mp4`, { signal: abort.signal, onProgress }));
    await expect(failing).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(cached()).toEqual([]);
  });

  it('that stands still is given up after the limit', async () => {
    const environment = { INFERENCE_SDK_VIDEO_CACHE_DIR: cache, INFERENCE_SDK_VIDEO_DOWNLOAD_TIMEOUT: '1' };
    const failing = downloadVideo(request(`${base}/slow.mp4`, { environment }));
    await expect(failing).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', retry: true });
    expect(cached()).toEqual([]);
  });

  it('goes by way of a proxy where the route says so', async () => {
    const proxy = await tunnelTo(Number(new URL(base).port));
    const video = await downloadVideo(request(`${base}/clip.mp4`, { route: () => ({ proxyUrl: proxy.url }) }));
    expect(readFileSync(video.path).equals(VIDEO)).toBe(true);
    expect(proxy.asked.map(({ host }) => host)).toEqual([new URL(base).host]);
    await proxy.close();
    // One that never connects is given up as a server is.
    const environment = { INFERENCE_SDK_VIDEO_CACHE_DIR: cache, INFERENCE_SDK_VIDEO_DOWNLOAD_TIMEOUT: '1' };
    const route = () => ({ proxyUrl: other });
    await expect(downloadVideo(request(`${base}/moved`, { route, environment }))).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      retry: true,
    });
  });

  it('is refused where it cannot be stored', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const environment = { INFERENCE_SDK_VIDEO_CACHE_DIR: path.join(folder, 'file', 'cache') };
    const failing = downloadVideo(request(`${base}/clip.mp4`, { environment }));
    await expect(failing).rejects.toThrow('cannot be stored (ENOTDIR)');
  });

  it('clears away what a dead process has left, but not what is on its way', async () => {
    await downloadVideo(request(`${base}/clip.mp4`));
    for (const name of ['inference-webrtc-old.part', 'inference-webrtc-new.part']) {
      writeFileSync(path.join(cache, name), 'x');
    }
    utimesSync(path.join(cache, 'inference-webrtc-old.part'), 1, 1);
    await downloadVideo(request(`${base}/moved`));
    expect(cached().filter((name) => name.endsWith('.part'))).toEqual(['inference-webrtc-new.part']);
  });
});
