/** A session on a real RTSP camera (GStreamer), against the built-in demo server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { freePort, rtspMissing, startCamera } from '../source/rtsp-server';
import type { RtspCamera } from '../source/rtsp-server';
import { clip, demo, demoOptions, library, Witness } from './support';

const LOGIN = { user: 'viewer', password: 'right-Secret-1' };
const quick = { recovery: { baseDelayMs: 200, maxDelayMs: 500 } } satisfies Partial<SessionOptions>;

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
const cameras: RtspCamera[] = [];
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());
afterEach(async () => {
  await Promise.all(cameras.splice(0).map((camera) => camera.stop()));
});

async function camera(options: { port?: number; login?: typeof LOGIN } = {}): Promise<RtspCamera> {
  const started = await startCamera(clip('pedestrians.mp4'), options.login, options.port);
  cameras.push(started);
  return started;
}

describe.skipIf(rtspMissing)('a session on an RTSP camera', () => {
  it('with a password copies its H.264, and is back by itself when the camera was away', async () => {
    const port = await freePort();
    const first = await camera({ port, login: LOGIN });
    const source = { kind: 'stream', url: first.url, username: LOGIN.user, password: LOGIN.password } as const;
    await using session = new library.WebRTCSession(demoOptions(server.url, { source, ...quick }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.length >= 10 && witness.lastStats?.source?.path === 'copied');
    expect(witness.lastStats?.source).toMatchObject({ codec: 'h264', width: 768, height: 576 });
    expect(witness.frames.at(-1)).toMatchObject({ width: 768, height: 576 });

    await first.stop();
    await witness.until(() => witness.phases.some(({ error }) => error?.code === 'SOURCE_STALLED'));
    await camera({ port, login: LOGIN });
    const before = { frames: witness.frames.length, data: witness.data.length };
    await witness.until(
      () => witness.frames.length > before.frames + 5 && witness.data.length > before.data + 5 && isLive(witness),
    );
    expect(witness.lastStats?.source?.path).toBe('copied');
    expect(JSON.stringify([witness.phases, witness.warnings, witness.lastStats])).not.toContain(LOGIN.password);
  });

  it('fails on a wrong password, which no event repeats', async () => {
    const { url } = await camera({ login: LOGIN });
    const password = 'wr0ng pass/word#1';
    const source = { kind: 'stream', url, username: LOGIN.user, password } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source, ...quick }));
    const witness = new Witness(session);
    await expect(session.run()).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED', retry: false });
    expect(await witness.ended).toMatchObject({ outcome: 'failed' });
    const told = JSON.stringify([witness.phases, witness.warnings, witness.lastStats, await witness.ended]);
    expect(told).not.toContain(password);
    expect(told).not.toContain(encodeURIComponent(password));
  });
});

function isLive(witness: Witness): boolean {
  return witness.phases.at(-1)?.phase === 'live';
}
