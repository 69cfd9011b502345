/** The upload of a file at an address: from the first byte of the download to the last frame. Needs ../shared/media. */
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { clip, demo, demoOptions, ffmpegChildren, library, Witness } from './support';

const CLIP = clip('ten-frames.mp4');
const cache = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-url-test-'));
let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
let requests = 0;
const web = http.createServer((request, response) => {
  requests += 1;
  if (request.url?.startsWith('/page') === true) response.end('<html>no video</html>'.repeat(100));
  else if (request.url?.startsWith('/slow') === true) {
    response.writeHead(200, { 'content-length': statSync(CLIP).size });
    createReadStream(CLIP, { end: 20_000 }).pipe(response, { end: false });
  } else {
    response.writeHead(200, { 'content-length': statSync(CLIP).size });
    createReadStream(CLIP).pipe(response);
  }
});
let base = '';

beforeAll(async () => {
  process.env['INFERENCE_SDK_VIDEO_CACHE_DIR'] = cache;
  server = await demo.startDemoServer({});
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(async () => {
  delete process.env['INFERENCE_SDK_VIDEO_CACHE_DIR'];
  web.close().closeAllConnections();
  await server.close();
  rmSync(cache, { recursive: true });
});
beforeEach(() => (requests = 0));

const upload = (url: string, over: Partial<SessionOptions> = {}): SessionOptions =>
  demoOptions(server.url, { source: { kind: 'upload', path: url }, streamOutput: [], ...over });

describe.skipIf(!existsSync(CLIP))('an upload of a file at an address', () => {
  it('downloads it with its progress, once, and gives every frame', async () => {
    for (const round of [1, 2]) {
      const session = new library.WebRTCSession(upload(`${base}/clip.mp4`));
      const witness = new Witness(session);
      await session.run();
      expect(witness.data.map(({ metadata }) => metadata.frame_id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      const told = witness.phases.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]);
      const after = ['connecting', 'warming_up', 'uploading', 'processing', 'complete'];
      expect(told).toEqual(round === 1 ? ['connecting', 'downloading', ...after] : after);
      const downloads = witness.phases.filter(({ phase }) => phase === 'downloading');
      expect(downloads.at(-1)).toMatchObject(round === 1 ? { percent: 100, remainingMs: 0 } : {});
    }
    expect(requests).toBe(1);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it('can be closed while the file comes, and leaves nothing', async () => {
    const kept = readdirSync(cache);
    const session = new library.WebRTCSession(upload(`${base}/slow.mp4`));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.some(({ phase, percent }) => phase === 'downloading' && percent !== 0));
    await session.close();
    expect(await witness.ended).toMatchObject({ outcome: 'stopped', error: null });
    expect(readdirSync(cache)).toEqual(kept);
  });

  it('is refused before anything connects when it is no video, and is not kept', async () => {
    const kept = readdirSync(cache);
    // Nothing listens there: a connection attempt would end in another error.
    const server = { url: 'http://127.0.0.1:9', loopbackOnly: true };
    const session = new library.WebRTCSession(upload(`${base}/page.mp4?key=hidden`, { server }));
    const failing = session.run();
    await expect(failing).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    await expect(failing).rejects.not.toThrow('hidden');
    expect(readdirSync(cache)).toEqual(kept);
    expect(ffmpegChildren()).toEqual([]);
  });

  it('refuses a local file that is no video, or too large, and leaves it where it is', async () => {
    const text = path.join(cache, 'text.mp4');
    writeFileSync(text, 'no video '.repeat(1_000));
    const large = { kind: 'upload', path: CLIP, maxBytes: 1_000 } as const;
    for (const source of [{ kind: 'upload', path: text } as const, large]) {
      const session = new library.WebRTCSession(upload('', { source }));
      await expect(session.run()).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
      expect(existsSync(source.path)).toBe(true);
    }
    rmSync(text);
  });
});
