/** `on-frame`: processed pictures on a wire, as image files or raw pixels. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { joinSession } from './runtime/listener-node';
import { frameMessage } from './runtime/listener-messages';
import { parseOnFrameSettings } from './runtime/listener-settings';

interface OnFrameDef extends NodeDef {
  session?: unknown;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('on-frame', function (this: Node, config: OnFrameDef) {
    RED.nodes.createNode(this, config);
    joinSession(RED, this, {
      session: config.session,
      make: () => {
        const settings = parseOnFrameSettings(config);
        return {
          stream: settings.stream,
          wants: { kind: 'frame', format: settings.format, jpegQuality: settings.jpegQuality },
          onFrame: (event, stream, picture) => this.send(frameMessage(event, stream, picture)),
        };
      },
    });
  });
}
