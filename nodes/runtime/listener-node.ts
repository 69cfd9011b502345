/** What `on-data` and `on-frame` have in common: they join a session node, or say why they cannot. */
import type { Node, NodeAPI } from 'node-red';
import { SessionError } from '../../src/index';
import type { Badge } from './badge';
import { toCatchError } from './errors';
import { onceFlowsStarted } from './flows-started';
import { statusShower } from './node-status';
import type { HubListener } from './session-hub';
import { sessionService } from './session-service';

/** Without a badge of its own, the state of its streams is shown as it is. */
type Listener = Omit<HubListener, 'onBadge'> & Partial<Pick<HubListener, 'onBadge'>>;

/** Joins with what `make` returns; it may throw the faults of the configuration. */
export function joinSession(
  RED: NodeAPI,
  node: Node,
  join: { session: unknown; make: (show: (badge: Badge) => void, taken: (stream: unknown) => void) => Listener },
): void {
  const show = statusShower(node);
  try {
    const service = sessionService(RED, join.session);
    if (service === undefined) {
      const message = `${node.type} has no session: choose a webrtc-session node in its dialog.`;
      throw new SessionError('INVALID_OPTION', message, { details: { field: 'session' } });
    }
    const taken = (stream: unknown): void => {
      if (isWired(node) && typeof stream === 'string') service.hub.taken(stream);
    };
    const listener = guarded(node, join.make(show, taken));
    const leave = service.hub.addListener({ onBadge: show, ...listener });
    node.on('close', () => leave());
  } catch (thrown) {
    const missing = sessionService(RED, join.session) === undefined;
    show({ fill: 'red', shape: 'ring', text: RED._(`${node.type}.status.${missing ? 'noSession' : 'invalid'}`) });
    // Only now do the Catch nodes of the flow exist.
    onceFlowsStarted(RED, node, () => node.error(toCatchError(thrown), { topic: 'error' }));
  }
}

/** Read anew each time: a node is not made anew when only its wires change. */
function isWired(node: Node): boolean {
  const wires: unknown = 'wires' in node ? node.wires : [];
  return Array.isArray(wires) && wires.some((wire) => Array.isArray(wire) && wire.length > 0);
}

/** A message that cannot be sent is this node's failure and no other listener's. */
function guarded(node: Node, listener: Listener): Listener {
  const { onData, onFrame, onPhase } = listener;
  const attempt = (send: () => unknown): unknown => {
    try {
      return send();
    } catch (thrown) {
      node.error(toCatchError(thrown), { topic: 'error' });
      return undefined;
    }
  };
  return {
    ...listener,
    ...(onData === undefined ? {} : { onData: (event, stream) => attempt(() => onData(event, stream)) }),
    ...(onPhase === undefined ? {} : { onPhase: (event, stream) => void attempt(() => onPhase(event, stream)) }),
    ...(onFrame === undefined
      ? {}
      : { onFrame: (event, stream, picture) => attempt(() => onFrame(event, stream, picture)) }),
  };
}
