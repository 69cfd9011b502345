/** `on-data`: the outputs of the workflow on wires, one wire a field. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { joinSession } from './runtime/listener-node';
import { dataMessages } from './runtime/listener-messages';
import { parseOnDataSettings } from './runtime/listener-settings';

interface OnDataDef extends NodeDef {
  session?: unknown;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('on-data', function (this: Node, config: OnDataDef) {
    RED.nodes.createNode(this, config);
    joinSession(RED, this, {
      session: config.session,
      make: () => {
        const settings = parseOnDataSettings(config);
        return {
          stream: settings.stream,
          wants: { kind: 'data', fields: settings.fields, wholeDictionary: settings.wholeDictionary },
          onData: (event, stream) => this.send(dataMessages(event, stream, settings)),
        };
      },
    });
  });
}
