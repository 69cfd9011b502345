/** Cameras that the server opens itself: RTSP (GStreamer) and MJPEG over HTTP, against the built-in demo server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ffmpeg } from '../container/run-ffmpeg';
import { freePort } from '../free-port';
import { rtspMissing } from '../source/rtsp-server';
import { demoWithCameras, LOGIN, quick } from './demo-with-cameras';
import { demoOptions, ffmpegChildren, library, Witness } from './support';

const rig = demoWithCameras();
const { camera, cleanUps } = rig;

describe.skipIf(rtspMissing)('an RTSP camera that the server opens', () => {
  it('gives data and pictures, is lost like any camera, and comes back', async () => {
    const port = await freePort();
    const first = await camera({ port, login: LOGIN });
    const source = { kind: 'server-rtsp', url: first.url, username: LOGIN.user, password: LOGIN.password } as const;
    await using session = new library.WebRTCSession(demoOptions(rig.server.url, { source, ...quick }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.length >= 10 && witness.data.length >= 10);
    await witness.until(() => witness.lastStats?.source?.path === 'pulled');
    expect(witness.frames.at(-1)).toMatchObject({ width: 768, height: 576, timing: { sentAt: null } });
    expect(witness.lastStats).toMatchObject({ framesSent: 0, bytesSent: 0 });

    await first.stop();
    await witness.until(() => witness.phases.some(({ error }) => error?.code === 'SOURCE_STALLED'));
    await camera({ port, login: LOGIN });
    const before = { frames: witness.frames.length, data: witness.data.length };
    await witness.until(
      () => witness.frames.length > before.frames + 5 && witness.data.length > before.data + 5 && isLive(witness),
    );
    expect(JSON.stringify([witness.phases, witness.warnings, witness.lastStats])).not.toContain(LOGIN.password);
  });

  it('is tried again while the server cannot open it', async () => {
    const source = { kind: 'server-rtsp', url: `rtsp://127.0.0.1:${await freePort()}/cam` } as const;
    await using session = new library.WebRTCSession(demoOptions(rig.server.url, { source, ...quick }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.some(({ attempt }) => attempt >= 2));
    expect(witness.phases.at(-1)?.error).toMatchObject({ code: 'SERVER_ERROR', retry: true });
    expect(witness.phases.at(-1)?.error?.message).toContain('server should open itself');
    await session.close();
    await expect.poll(() => rig.server.sessions).toBe(0);
  });
});

describe('an MJPEG camera that the server opens', () => {
  it('gives data alone when no picture is asked for, and lets go of the camera at the end', async () => {
    const mjpeg = await mjpegCamera();
    const source = { kind: 'server-mjpeg', url: mjpeg.url, username: 'me', password: 'let me in' } as const;
    const options = demoOptions(rig.server.url, { source, streamOutput: [], dataOutput: ['motion'], ...quick });
    const session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.data.length >= 10);
    expect(mjpeg.authorizations.at(-1)).toBe(`Basic ${Buffer.from('me:let me in').toString('base64')}`);
    expect(witness.data.at(-1)?.metadata).toMatchObject({ width: 320, height: 180 });
    await session.close();
    await expect.poll(() => mjpeg.viewers()).toBe(0);
    expect(ffmpegChildren(new URL(mjpeg.url).host)).toEqual([]);
  });
});

it('is opened a second time for a fresh session that takes over, and then once again', async () => {
  const mjpeg = await mjpegCamera();
  const source = { kind: 'server-mjpeg', url: mjpeg.url, username: 'me', password: 'let me in' } as const;
  const lifetime = { processingTimeoutS: 14, rollover: { leadMs: 7_000 } };
  const options = demoOptions(rig.server.url, {
    source,
    ...lifetime,
    streamOutput: [],
    dataOutput: ['motion'],
    ...quick,
  });
  await using session = new library.WebRTCSession(options);
  const witness = new Witness(session);
  session.start();
  await witness.until(() => witness.rollovers.length > 0);
  const before = witness.data.length;
  await witness.until(() => witness.data.length > before + 10);
  expect(witness.phases.map(({ phase }) => phase)).not.toContain('reconnecting');
  expect(mjpeg.authorizations.length).toBeGreaterThanOrEqual(2);
  await expect.poll(() => mjpeg.viewers()).toBe(1);
});

it('refuses an address of another kind before the server hears of it', async () => {
  const source = { kind: 'server-rtsp', url: 'http://127.0.0.1/video.mjpg' } as const;
  const session = new library.WebRTCSession(demoOptions('http://127.0.0.1:1', { source }));
  await expect(session.run()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

function isLive(witness: Witness): boolean {
  return witness.phases.at(-1)?.phase === 'live';
}

/** JPEGs without end, ten a second, as `multipart/x-mixed-replace`; asks for user and password. */
async function mjpegCamera() {
  const args = [
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=320x180:rate=10:duration=1',
    '-c:v',
    'mjpeg',
    '-f',
    'mpjpeg',
    'pipe:1',
  ];
  const parts = ffmpeg(args)
    .toString('latin1')
    .split(/(?=--ffmpeg\r\n)/)
    // Behind the last picture stands a boundary with nothing after it.
    .filter((part) => part.length > 100);
  const authorizations: string[] = [];
  let viewers = 0;
  const http = createServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end();
      return;
    }
    authorizations.push(authorization);
    viewers += 1;
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace;boundary=ffmpeg' });
    let next = 0;
    const timer = setInterval(() => response.write(parts[next++ % parts.length] ?? '', 'latin1'), 100);
    response.once('close', () => {
      clearInterval(timer);
      viewers -= 1;
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/video.mjpg`, authorizations, viewers: () => viewers };
}
