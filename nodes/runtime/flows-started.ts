/** The moment after a deploy when every node exists and is wired; before it, users of a session may still be missing. */
import type { Node, NodeAPI } from 'node-red';

const STARTED = 'flows:started';

/** Calls back after every deploy until the node is closed. The callback must not throw. */
export function onFlowsStarted(RED: NodeAPI, node: Node, callback: () => void): void {
  RED.events.on(STARTED, callback);
  node.on('close', () => void RED.events.off(STARTED, callback));
}

/** Calls back after the deploy that made the node, unless it is closed before. */
export function onceFlowsStarted(RED: NodeAPI, node: Node, callback: () => void): void {
  RED.events.once(STARTED, callback);
  node.on('close', () => void RED.events.off(STARTED, callback));
}
