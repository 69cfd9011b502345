/**
 * The built-in demo server, one a process, counted: the first user starts it, the last one ends it. If its thread
 * dies it comes back at the same address, so that sessions on it reconnect as they do to any server.
 */
import type { DemoServerOptions } from '../demo/demo-server';
import { startThreadedDemoServer } from '../worker/threaded-demo-server';
import type { ThreadedDemoServer } from '../worker/threaded-demo-server';

/** A share in the demo server. */
export interface DemoServerLease {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Gives it back; again does nothing. Never rejects. */
  release(): Promise<void>;
}

type Options = Omit<DemoServerOptions, 'onChild'>;

const RESTART_DELAY_MS = 1_000;

/** The server with its users. */
class SharedDemoServer {
  readonly #options: Options;
  readonly #onEmpty: () => void;
  #server: Promise<ThreadedDemoServer>;
  #users = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: Options, onEmpty: () => void) {
    this.#options = options;
    this.#onEmpty = onEmpty;
    this.#server = this.#start(options);
  }

  async join(): Promise<DemoServerLease> {
    this.#users += 1;
    try {
      const { url } = await this.#server;
      let released: Promise<void> | undefined;
      return { url, release: () => (released ??= this.#leave()) };
    } catch (thrown) {
      await this.#leave();
      throw thrown;
    }
  }

  async #leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    clearTimeout(this.#restart);
    this.#onEmpty();
    await this.#server.then(
      (server) => server.close(),
      () => undefined,
    );
  }

  async #start(options: Options): Promise<ThreadedDemoServer> {
    const server = await startThreadedDemoServer(options);
    const port = Number(new URL(server.url).port);
    void server.died.then(() => this.#restartAt(port));
    return server;
  }

  #restartAt(port: number): void {
    if (this.#users === 0) return;
    this.#restart = setTimeout(() => {
      this.#server = this.#start({ ...this.#options, port });
      this.#server.catch(() => this.#restartAt(port));
    }, RESTART_DELAY_MS);
  }
}

/** Module state on purpose: one server serves the whole process. */
let shared: SharedDemoServer | undefined;

/** Starts the shared server, or joins it; the options of the first user hold. Rejects with why it cannot run. */
export function acquireDemoServer(options: Options = {}): Promise<DemoServerLease> {
  const server: SharedDemoServer =
    shared ??
    new SharedDemoServer(options, () => {
      if (shared === server) shared = undefined;
    });
  shared = server;
  return server.join();
}
