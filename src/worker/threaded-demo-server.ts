/** The demo server in a worker thread of its own, so that it never touches the main event loop. */
import type { DemoServerOptions } from '../demo/demo-server';
import { SessionError } from '../errors';
import { WorkerThread } from './worker-thread';

const CLOSE_LIMIT_MS = 5_000;

/** A demo server, seen from the main thread. */
export interface ThreadedDemoServer {
  url: string;
  /** The thread died under it; resolves once. */
  readonly died: Promise<SessionError>;
  close(): Promise<void>;
}

/** Rejects when it cannot listen or finds no FFmpeg. */
export async function startThreadedDemoServer(
  options: Omit<DemoServerOptions, 'onChild'>,
): Promise<ThreadedDemoServer> {
  const thread = new WorkerThread(() => undefined, options.ffmpegPath);
  let closed: () => void = () => undefined;
  const closing = new Promise<void>((resolve) => (closed = resolve));
  let reportDeath: (error: SessionError) => void = () => undefined;
  const died = new Promise<SessionError>((resolve) => (reportDeath = resolve));
  let id = 0;
  try {
    const url = await new Promise<string>((resolve, reject) => {
      id = thread.admit({
        onMessage: (message) => {
          if (message.kind === 'demo-ready') resolve(message.url);
          else if (message.kind === 'demo-failed') reject(SessionError.fromData(message.error));
          else if (message.kind === 'demo-closed') closed();
        },
        onDied: (error) => {
          closed();
          reject(error);
          reportDeath(error);
        },
      });
      thread.post({ kind: 'open-demo', id, options });
    });
    return {
      url,
      died,
      async close() {
        thread.post({ kind: 'close-demo', id });
        const limit = setTimeout(closed, CLOSE_LIMIT_MS);
        await closing;
        clearTimeout(limit);
        thread.leave(id);
        await thread.close();
      },
    };
  } catch (thrown) {
    thread.leave(id);
    await thread.close();
    throw thrown;
  }
}
