/** A session core on this thread. It is loaded when first used: WebRTC costs 70 MB that a threaded program never needs. */
import type { SessionEvent } from '../session/events';
import type { SessionOptions } from '../session/options';
import type { SessionCore } from '../session/session-core';

/** Calls made before the core is loaded are made up for in their order. */
export function openLazyCore(options: SessionOptions, emit: (event: SessionEvent) => void): SessionCore {
  const loading = import('../session/session-core.js').then(({ createSessionCore }) =>
    createSessionCore(options, emit),
  );
  const later = (call: (core: SessionCore) => void): void => void loading.then(call);
  return {
    start: () => later((core) => core.start()),
    stop: async () => (await loading).stop(),
    reconfigure: (change) => later((core) => core.reconfigure(change)),
    acknowledge: (frameId) => later((core) => core.acknowledge(frameId)),
    grant: (kind, count) => later((core) => core.grant(kind, count)),
  };
}
