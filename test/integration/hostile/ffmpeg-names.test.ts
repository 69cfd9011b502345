import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionError } from '../../../src/errors';
import type { AccessUnit } from '../../../src/media/video';
import { openStream } from '../../../src/source/open-stream';
import { ffmpeg as makeVideo } from '../container/run-ffmpeg';
import { listen } from '../../unit/signalling/http-server';
import { harness } from '../source/source-harness';

describe('FFmpeg, given hostile names', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'inference-webrtc-hostile-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** The first access unit, or why there is none. */
  async function firstOf(url: string): Promise<AccessUnit | SessionError> {
    const { context } = await harness();
    const source = openStream({ kind: 'stream', url }, context);
    try {
      return await new Promise<AccessUnit | SessionError>((resolve) => {
        source.opened.catch(resolve);
        void source.ended.then(({ error }) =>
          resolve(error ?? new SessionError('INTERNAL', 'ended without a picture')),
        );
        source.attach({ onAccessUnit: resolve, onFacts: () => undefined });
      });
    } finally {
      await source.close();
    }
  }

  it.each(['-y', '$(touch x);|.mp4', 'concat:a|b.mp4', '%d{}.mp4'])(
    'opens the file named %s and nothing else',
    async (name) => {
      const file = path.join(directory, name);
      const clip = [
        '-f',
        'lavfi',
        '-i',
        'testsrc2=size=64x48:rate=30',
        '-frames:v',
        '5',
        '-c:v',
        'libx264',
        '-f',
        'mp4',
      ];
      makeVideo([...clip, '-movflags', 'frag_keyframe', `file:${file}`]);
      expect(await firstOf(file)).toMatchObject({ keyframe: true });
      expect(existsSync('x') || existsSync(path.join(directory, 'x'))).toBe(false);
      expect(readdirSync(directory)).toEqual([name]);
      rmSync(file);
    },
  );

  it('does not follow a playlist from the network to a file on this machine', async () => {
    const secret = path.join(directory, 'secret.ts');
    makeVideo([
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=64x48:rate=30',
      '-frames:v',
      '30',
      '-f',
      'mpegts',
      `file:${secret}`,
    ]);
    const playlist = (uri: string) =>
      `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n${uri}\n#EXT-X-ENDLIST\n`;
    let segments = 0;
    const server = await listen(
      createServer((request, response) => {
        if (request.url === '/honest.ts') {
          segments += 1;
          response.end(readFileSync(secret));
        } else {
          const uri = request.url === '/honest.m3u8' ? 'honest.ts' : `file://${secret}`;
          response.setHeader('content-type', 'application/vnd.apple.mpegurl').end(playlist(uri));
        }
      }),
    );
    expect(await firstOf(`http://127.0.0.1:${server.port}/evil.m3u8`)).toBeInstanceOf(SessionError);
    expect(await firstOf(`http://127.0.0.1:${server.port}/honest.m3u8`)).toMatchObject({ keyframe: true });
    expect(segments).toBeGreaterThan(0);
    await server.close();
  });
});
