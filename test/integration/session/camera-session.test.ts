/** A session on a real RTSP camera (GStreamer), against the built-in demo server. */
import { describe, expect, it } from 'vitest';
import { freePort } from '../free-port';
import { rtspMissing } from '../source/rtsp-server';
import { demoWithCameras, LOGIN, quick } from './demo-with-cameras';
import { demoOptions, library, Witness } from './support';

const rig = demoWithCameras();
const { camera } = rig;

describe.skipIf(rtspMissing)('a session on an RTSP camera', () => {
  it('that is not there yet, or was away, begins by itself, and copies its H.264 with a password', async () => {
    const port = await freePort();
    const url = `rtsp://127.0.0.1:${port}/cam`;
    const source = { kind: 'stream', url, username: LOGIN.user, password: LOGIN.password } as const;
    await using session = new library.WebRTCSession(demoOptions(rig.server.url, { source, ...quick }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.phases.some(({ attempt, error }) => attempt >= 2 && error !== null));
    expect(witness.phases.at(-1)).toMatchObject({ phase: 'reconnecting', error: { code: 'SOURCE_UNREACHABLE' } });
    const first = await camera({ port, login: LOGIN });
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
    const session = new library.WebRTCSession(demoOptions(rig.server.url, { source, ...quick }));
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
