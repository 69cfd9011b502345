/** Looks at real streams: what they deliver, what would become of it, and that nothing is left behind. */
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { probeSource } from '../../../src/source/probe-source';
import { ffmpegChildren } from '../session/support';
import { rtspMissing, startCamera } from './rtsp-server';
import { clip, clipsMissing } from './source-harness';
import { startTap } from './tcp-tap';

const LOGIN = { user: 'viewer', password: 'right-Secret-1' };

describe.skipIf(clipsMissing)('a look at a file', () => {
  it.each([
    ['pedestrians.mp4', { codec: 'H.264', path: 'copied', reason: null, width: 768, height: 576, fps: 10 }],
    ['street-bframes.mp4', { codec: 'H.264', path: 'encoded', reason: 'B-frames', width: 426, height: 240 }],
    ['ten-frames.mp4', { codec: 'MPEG-4 Part 2', path: 'encoded', width: 640, height: 480 }],
    ['rotated.mp4', { codec: 'H.264', path: 'encoded', reason: 'rotated', width: 576, height: 768 }],
  ])('%s', async (name, facts) => {
    const { picture, ...found } = await probeSource({ kind: 'stream', url: clip(name) });
    expect(found).toMatchObject(facts);
    expect(picture?.readUInt16BE(0)).toBe(0xffd8);
  });

  it('that is no video, or not there, says so', async () => {
    const probe = (url: string) => probeSource({ kind: 'stream', url });
    await expect(probe(clip('README.md'))).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    await expect(probe('/no/such.mp4')).rejects.toMatchObject({ code: 'SOURCE_FILE_UNREADABLE' });
    await expect(probe('ftp://host/x')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe.skipIf(rtspMissing || clipsMissing)('a look at a camera', () => {
  it('opens it once, with user and password, and leaves it with TEARDOWN', async () => {
    const camera = await startCamera(clip('pedestrians.mp4'), LOGIN);
    const tap = await startTap(Number(new URL(camera.url).port));
    try {
      const spec = { kind: 'stream', url: `rtsp://127.0.0.1:${tap.port}/cam`, username: LOGIN.user } as const;
      const found = await probeSource({ ...spec, password: LOGIN.password });
      expect(found).toMatchObject({ codec: 'H.264', path: 'copied', width: 768, height: 576 });
      expect(found.picture?.length).toBeGreaterThan(1_000);
      expect(tap.heard().match(/PLAY rtsp/g)).toHaveLength(1);
      expect(tap.heard()).toContain('TEARDOWN');
      const error: unknown = await probeSource({ ...spec, password: 'wr0ng-word' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' });
      expect(JSON.stringify(error) + String(error)).not.toContain('wr0ng-word');
    } finally {
      await tap.close();
      await camera.stop();
    }
  });

  it('that says nothing is given up in time, and its child with it', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const url = `rtsp://127.0.0.1:${port}/silent`;
    const look = probeSource({ kind: 'stream', url }, { timeoutMs: 1_000 });
    await expect(look).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(ffmpegChildren('silent')).toEqual([]);
    silent.close();
  });
});
