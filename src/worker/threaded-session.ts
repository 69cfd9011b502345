/** A session core that lives in a worker thread, with the face of one that lives here. */
import { SessionError } from '../errors';
import type { SessionEvent } from '../session/events';
import type { SessionOptions } from '../session/options';
import type { SessionCore } from '../session/session-core';
import type { FromWorker } from './messages';
import { sharedPool } from './shared-pool';

/**
 * Opens a session in a thread of the shared pool. `onDied`: the thread died under it; no `end` event will come.
 * Throws INVALID_OPTION when the options hold what cannot cross to a thread (a function).
 */
export function openThreadedSession(context: {
  options: SessionOptions;
  maxThreads: number;
  emit: (event: SessionEvent) => void;
  onDied: (error: SessionError) => void;
}): SessionCore {
  const thread = sharedPool.acquire(context.maxThreads, context.options.ffmpegPath);
  let finished: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (finished = resolve));
  let isOver = false;
  const over = (): void => {
    isOver = true;
    thread.leave(id);
    sharedPool.release(thread).then(finished, finished);
  };
  const id = thread.admit({
    onMessage: (message: FromWorker) => {
      if (message.kind !== 'event') return;
      context.emit(message.event);
      if (message.event.kind === 'end') over();
    },
    onDied: (error) => {
      isOver = true;
      finished();
      context.onDied(error);
    },
  });
  try {
    thread.post({ kind: 'open-session', id, options: context.options });
  } catch (thrown) {
    over();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new SessionError('INVALID_OPTION', `The options of the session are not plain data: ${reason}`);
  }
  return {
    start: () => thread.post({ kind: 'start', id }),
    async stop() {
      if (!isOver) {
        thread.post({ kind: 'stop', id });
        thread.expectSignOfLife();
      }
      await ended;
    },
    reconfigure: (change) => thread.post({ kind: 'reconfigure', id, change }),
    requestPicture: (picture) => thread.post({ kind: 'request-picture', id, picture }),
    acknowledge: (frameId) => thread.post({ kind: 'acknowledge', id, frameId }),
    sendFrame: (frame) => thread.post({ kind: 'send-frame', id, frame }, transferable(frame.data)),
    grant: (of, count) => thread.post({ kind: 'grant', id, of, count }),
  };
}

/** The client makes a buffer for each picture, which the thread takes over. */
function transferable({ buffer }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
