import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demo, demoOptions, library, Witness } from './support';

const folder = mkdtempSync(path.join(os.tmpdir(), 'switch-'));
const file = path.join(folder, 'burst.mp4');
let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
let hasX264 = false;
beforeAll(async () => {
  server = await demo.startDemoServer({});
  const { path: program, encoders } = await library.locateFfmpeg();
  hasX264 = encoders.has('libx264');
  // Five calm seconds, then noise at such a quality that one picture takes some 250 packets.
  const picture = 'testsrc2=s=640x360:r=10:d=15,noise=alls=100:allf=t:enable=gt(n\\,50)';
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '20', '-qp', '8', '-pix_fmt', 'yuv420p'];
  if (hasX264) execFileSync(program, ['-v', 'error', '-f', 'lavfi', '-i', picture, ...encode, file]);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('copied H.264 with a picture that the server could not take', () => {
  it('goes on encoded, without reconnecting, and says why', async ({ skip }) => {
    if (!hasX264) skip('this FFmpeg has no libx264 to make the clip with');
    const source = { kind: 'stream', url: file } as const;
    await using session = new library.WebRTCSession(demoOptions(server.url, { source }));
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.lastStats?.source?.path === 'copied' && witness.frames.length > 10);
    await witness.until(() => witness.lastStats?.source?.path === 'encoded');
    expect(witness.lastStats?.source).toMatchObject({
      codec: 'vp8',
      reason: expect.stringMatching(/picture of \d+ packets/) as string,
    });
    const before = { received: witness.lastStats?.framesReceived ?? 0, frames: witness.frames.length };
    await witness.until(
      () =>
        (witness.lastStats?.framesReceived ?? 0) > before.received + 20 && witness.frames.length > before.frames + 20,
    );
    expect(witness.lastStats?.reconnects).toBe(0);
    expect(witness.phases.map(({ phase }) => phase)).not.toContain('reconnecting');
  });
});
