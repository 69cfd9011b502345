/** Gives a listening node the part that waits for its messages to come back, if its settings want that. */
import type { Node, NodeAPI } from 'node-red';
import { systemClock } from '../../src/index';
import { toCatchError } from './errors';
import { FlowAcknowledgement } from './flow-acknowledgement';
import type { Acknowledgement } from './flow-acknowledgement';

/** Closed together with the node: nobody waits for what it sent any more. */
export function awaitReturns(RED: NodeAPI, node: Node, settings: Acknowledgement): FlowAcknowledgement | undefined {
  if (settings.kind === 'at-once') return undefined;
  const acknowledgement = new FlowAcknowledgement({
    settings,
    type: node.type,
    clock: systemClock,
    newId: () => RED.util.generateId(),
    fail: (error, stream) => node.error(toCatchError(error), { topic: 'error', stream }),
  });
  node.on('close', () => acknowledgement.close());
  return acknowledgement;
}
