/**
 * The only way a node of this palette listens to its input: every message ends in exactly one `done()` or
 * `done(error)`. A handler that throws or rejects would otherwise end the whole Node-RED process.
 */
import type { NodeMessage, NodeMessageInFlow } from 'node-red';
import { toCatchError } from './errors';

type Send = (message: NodeMessage | (NodeMessage | NodeMessage[] | null)[]) => void;
type Done = (error?: Error) => void;

/** What is needed of a Node-RED node. */
export interface InputNode {
  on(event: 'input', listener: (message: NodeMessageInFlow, send: Send, done: Done) => void): unknown;
}

/** Registers `handler`; its result may be a promise. */
export function onInput(node: InputNode, handler: (message: NodeMessageInFlow, send: Send) => unknown): void {
  // Three parameters: Node-RED counts them to know that this listener calls `done`.
  node.on('input', (message, send, done) => {
    void answer(() => handler(message, send), done);
  });
}

async function answer(handle: () => unknown, done: Done): Promise<void> {
  const failure = await outcome(handle);
  try {
    if (failure === undefined) done();
    else done(toCatchError(failure.thrown));
  } catch {
    // `done` runs Node-RED's hooks and Catch nodes; their failure is not this message's.
  }
}

async function outcome(handle: () => unknown): Promise<{ thrown: unknown } | undefined> {
  try {
    await handle();
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}
