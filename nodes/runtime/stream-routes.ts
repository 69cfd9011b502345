/** What the dialog of `webrtc-stream` asks the runtime: which webcams there are. */
import type { NodeAPI } from 'node-red';
import { listWebcams } from '../../src/index';
import { adminRoute } from './admin-route';
import { present } from './present';
import { runtimeSettings } from './runtime-settings';
import { sessionService } from './session-service';

/** Call once a runtime. */
export function streamRoutes(RED: NodeAPI): void {
  adminRoute(
    RED,
    { method: 'get', path: '/inference-webrtc/webcams', permission: 'webrtc-stream.read' },
    async ({ query }) => ({ webcams: await listWebcams(present('ffmpegPath', ffmpegPath(RED, query['session']))) }),
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
