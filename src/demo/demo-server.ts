/**
 * The built-in inference server: signalling over HTTP on 127.0.0.1, sessions over WebRTC on the same address, the
 * workflow of protocol.md M on real pixels. Runs in any thread; reports every child process it starts.
 */
import { systemClock } from '../clock';
import { SessionError } from '../errors';
import { locateFfmpeg } from '../ffmpeg/locate';
import { loadWerift } from '../peer/werift';
import { DemoRoutes } from './demo-routes';
import { checkFaults, type DemoFaults } from './faults';
import { listen } from './http-server';

/** What can be chosen. */
export interface DemoServerOptions {
  /** Path of FFmpeg; left out = found as `locateFfmpeg` says. */
  ffmpegPath?: string;
  /** Nothing else is offered: the server is for this machine. */
  host?: '127.0.0.1';
  /** Default: any free one. */
  port?: number;
  /** Fault switches for tests. The server keeps its own copy; `setFaults` changes it. */
  faults?: DemoFaults;
  /** Sessions at a time; one more is answered with 429. Default 8. */
  maxSessions?: number;
  /** A child process came or went. */
  onChild?: (pid: number, running: boolean) => void;
}

/** A running server. */
export interface DemoServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Sessions that hold a connection, a child or a file. */
  readonly sessions: number;
  /** Replaces all fault switches; running sessions see it from the next frame on. Throws `INVALID_OPTION`. */
  setFaults(faults: DemoFaults): void;
  /** Ends all sessions and their children. Bounded, idempotent. */
  close(): Promise<void>;
}

const DEFAULT_MAX_SESSIONS = 8;

/** Rejects with `INVALID_OPTION` (host, port, faults) or `FFMPEG_NOT_FOUND`. */
export async function startDemoServer(options: DemoServerOptions = {}): Promise<DemoServer> {
  const { host = '127.0.0.1', port = 0, faults = {} } = options;
  // Plain JavaScript callers are not held by the type.
  if ((host as string) !== '127.0.0.1') {
    throw new SessionError('INVALID_OPTION', `The demo server listens on 127.0.0.1 only, not on ${host}.`);
  }
  checkFaults(faults);
  await loadWerift();
  const ffmpeg = await locateFfmpeg(options.ffmpegPath === undefined ? {} : { settingPath: options.ffmpegPath });
  const routes = new DemoRoutes({
    ffmpeg,
    clock: systemClock,
    faults: { ...faults },
    maxSessions: options.maxSessions ?? DEFAULT_MAX_SESSIONS,
    ...(options.onChild === undefined ? {} : { onChild: options.onChild }),
  });
  const server = await listen(port, (method, segments) => routes.find(method, segments));
  return {
    url: `http://127.0.0.1:${server.port}`,
    get sessions() {
      return routes.sessions;
    },
    setFaults(next) {
      checkFaults(next);
      routes.faults = { ...next };
    },
    async close() {
      await Promise.all([server.close(), routes.close()]);
    },
  };
}
