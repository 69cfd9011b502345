/** The demo server for a file of tests, and RTSP cameras (GStreamer) that end with the test that started them. */
import { afterAll, beforeAll } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { cleanUpsAfterEach } from '../../clean-ups';
import type { CleanUp } from '../../clean-ups';
import { startCamera } from '../source/rtsp-server';
import type { RtspCamera } from '../source/rtsp-server';
import { clip, demo } from './support';

export const LOGIN = { user: 'viewer', password: 'right-Secret-1' };
export const quick = { recovery: { baseDelayMs: 200, maxDelayMs: 500 } } satisfies Partial<SessionOptions>;

type DemoServer = Awaited<ReturnType<typeof demo.startDemoServer>>;

export interface DemoWithCameras {
  /** There once the tests run. */
  readonly server: DemoServer;
  camera: (options?: { port?: number; login?: typeof LOGIN }) => Promise<RtspCamera>;
  cleanUps: CleanUp[];
}

/** Called at the top of a test file. */
export function demoWithCameras(): DemoWithCameras {
  const cleanUps = cleanUpsAfterEach();
  let server: DemoServer | undefined;
  beforeAll(async () => {
    server = await demo.startDemoServer({});
  });
  afterAll(() => server?.close());
  return {
    get server() {
      if (server === undefined) throw new Error('the demo server has not started');
      return server;
    },
    cleanUps,
    camera: async ({ port, login } = {}) => {
      const started = await startCamera(clip('pedestrians.mp4'), login, port);
      cleanUps.push(() => started.stop());
      return started;
    },
  };
}
