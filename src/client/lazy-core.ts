/** A session core on this thread. It is loaded when first used: WebRTC costs 70 MB that a threaded program never needs. */
import { SessionError } from '../errors';
import type { SessionEvent } from '../session/events';
import type { SessionOptions } from '../session/options';
import type * as Core from '../session/session-core';

/** Calls made before the core is loaded are made up for in their order. `onFailed`: it cannot be, or a call threw. */
export function openLazyCore(context: {
  options: SessionOptions;
  emit: (event: SessionEvent) => void;
  onFailed: (error: SessionError) => void;
}): Core.SessionCore {
  const loading = loadCore().then(({ createSessionCore }) => createSessionCore(context.options, context.emit));
  const later = (call: (core: Core.SessionCore) => void | Promise<void>): Promise<void> =>
    loading.then(call).catch((thrown: unknown) => context.onFailed(SessionError.from(thrown)));
  return {
    start: () => void later((core) => core.start()),
    stop: () => later((core) => core.stop()),
    reconfigure: (change) => void later((core) => core.reconfigure(change)),
    requestPicture: (id) => void later((core) => core.requestPicture(id)),
    acknowledge: (frameId) => void later((core) => core.acknowledge(frameId)),
    sendFrame: (frame) => void later((core) => core.sendFrame(frame)),
    grant: (kind, count) => void later((core) => core.grant(kind, count)),
  };
}

async function loadCore(): Promise<typeof Core> {
  const { loadWerift } = await import('../peer/werift.js');
  await loadWerift();
  return import('../session/session-core.js');
}
