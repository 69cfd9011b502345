/** The workshop's RTSP camera (GStreamer) as a child of the test, on a free port. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { freePort } from '../free-port';

const SCRIPT = resolve(__dirname, '../../../../shared/tools/rtsp-camera.py');
const PYTHON = '/usr/bin/python3';

/** Why tests with it are skipped, if they are. */
export const rtspMissing = !existsSync(SCRIPT) || !existsSync(PYTHON);
if (rtspMissing) console.warn(`skipped: there is no RTSP camera in ${SCRIPT}`);

export interface RtspCamera {
  url: string;
  child: ChildProcess;
  stop(): Promise<void>;
}

/** Resolves once it listens. */
export async function startCamera(
  clip: string,
  login?: { user: string; password: string },
  onPort?: number,
): Promise<RtspCamera> {
  const port = onPort ?? (await freePort());
  const credentials = login ? ['--user', login.user, '--password', login.password] : [];
  const child = spawn(PYTHON, [SCRIPT, clip, '--port', String(port), ...credentials], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  await new Promise<void>((done, fail) => {
    child.stdout.once('data', () => done());
    child.once('error', fail);
    void exited.then(() => fail(new Error('the RTSP camera ended')));
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url: `rtsp://127.0.0.1:${port}/cam`, child, stop };
}
