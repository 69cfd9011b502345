/** The built-in demo server, one a process, counted: the first user starts it, the last one ends it. */
import type { DemoServerOptions } from '../demo/demo-server';
import { startThreadedDemoServer } from '../worker/threaded-demo-server';
import type { ThreadedDemoServer } from '../worker/threaded-demo-server';

/** A share in the demo server. */
export interface DemoServerLease {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Gives it back; again does nothing. */
  release(): Promise<void>;
}

interface Shared {
  server: Promise<ThreadedDemoServer>;
  users: number;
}

/** Module state on purpose: one server serves the whole process. */
let shared: Shared | undefined;

/**
 * Starts the shared server, or joins it. The options of the first user hold. Rejects with the reason it cannot run.
 */
export async function acquireDemoServer(options: Omit<DemoServerOptions, 'onChild'> = {}): Promise<DemoServerLease> {
  const joined: Shared = shared ?? { server: startThreadedDemoServer(options), users: 0 };
  shared = joined;
  joined.users += 1;
  const forget = (): void => {
    if (shared === joined) shared = undefined;
  };
  try {
    const server = await joined.server;
    // A server that died is not joined again; sessions on it reconnect through a new lease.
    void server.died.then(forget);
    let released: Promise<void> | undefined;
    return {
      url: server.url,
      release() {
        released ??= release(joined, forget);
        return released;
      },
    };
  } catch (thrown) {
    forget();
    throw thrown;
  }
}

async function release(joined: Shared, forget: () => void): Promise<void> {
  joined.users -= 1;
  if (joined.users > 0) return;
  forget();
  const server = await joined.server;
  await server.close();
}
