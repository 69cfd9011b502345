/** `webrtc-stream`: one live session with a source of its own, started on deploy or by message. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { StreamNode } from './runtime/stream-node';
import type { ViewedNode } from './runtime/editor-view';
import { onFlowsStarted } from './runtime/flows-started';
import { onInput } from './runtime/input';
import { streamRoutes } from './runtime/stream-routes';

interface StreamDef extends NodeDef {
  session?: unknown;
}

export default function register(RED: NodeAPI): void {
  streamRoutes(RED);
  RED.nodes.registerType(
    'webrtc-stream',
    function (this: Node & ViewedNode, config: StreamDef) {
      RED.nodes.createNode(this, config);
      const stream = new StreamNode(RED, this, config);
      if (stream.editorView !== undefined) this.editorView = stream.editorView;
      onFlowsStarted(RED, this, () => stream.flowsStarted());
      onInput(this, (message, send) => stream.act(message, send));
      this.on('close', (_removed: boolean, done: () => void) => {
        void stream.close().finally(done);
      });
    },
    { credentials: { username: { type: 'text' }, password: { type: 'password' } } },
  );
}
