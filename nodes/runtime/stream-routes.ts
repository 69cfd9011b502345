/** What the dialog of `webrtc-stream` asks the runtime: which webcams there are, and whether an address works. */
import type { NodeAPI } from 'node-red';
import { listWebcams, probeSource, SessionError } from '../../src/index';
import { adminRoute } from './admin-route';
import { present } from './present';
import { probeRequest } from './probe-request';
import { runtimeSettings } from './runtime-settings';
import { sessionService } from './session-service';

/** Each test is an FFmpeg of its own. */
const MAX_TESTS = 2;

/** Call once a runtime. */
export function streamRoutes(RED: NodeAPI): void {
  adminRoute(
    RED,
    { method: 'get', path: '/inference-webrtc/webcams', permission: 'webrtc-stream.read' },
    async ({ query }) => ({ webcams: await listWebcams(present('ffmpegPath', ffmpegPath(RED, query['session']))) }),
  );
  let tests = 0;
  adminRoute(
    RED,
    { method: 'post', path: '/inference-webrtc/probe', permission: 'webrtc-stream.write' },
    async ({ body }) => {
      if (tests >= MAX_TESTS) {
        throw new SessionError('INVALID_OPTION', 'Other addresses are being tested: wait until they are done.');
      }
      tests += 1;
      try {
        const source = await probeRequest(RED, body);
        const { picture, ...facts } = await probeSource(
          source,
          present('ffmpegPath', ffmpegPath(RED, body['session'])),
        );
        const url = picture === null ? null : `data:image/jpeg;base64,${picture.toString('base64')}`;
        return { ...facts, picture: url };
      } finally {
        tests -= 1;
      }
    },
  );
}

/** The FFmpeg of the session chosen in the dialog, as far as it is deployed. */
function ffmpegPath(RED: NodeAPI, session: unknown): string | undefined {
  const byRuntime = runtimeSettings(RED.settings).ffmpegPath;
  try {
    return sessionService(RED, session)?.settings().ffmpegPath ?? byRuntime;
  } catch {
    // Its settings are faulty elsewhere: the dialog goes without them.
    return byRuntime;
  }
}
