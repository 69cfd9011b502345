/** `on-data`: the outputs of the workflow on wires, one wire a field. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { DataOutput } from './runtime/data-output';
import { joinSession } from './runtime/listener-node';
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
        const output = new DataOutput(settings);
        const fields = settings.fields.flatMap(({ segments }) => segments.slice(0, 1));
        return {
          stream: settings.stream,
          wants: { kind: 'data', fields, wholeDictionary: settings.wholeDictionary },
          onData: (event, stream) => this.send(output.messages(event, stream)),
          onPhase: (event, stream) => {
            const end = output.end(event, stream);
            if (end !== undefined) this.send(end);
          },
        };
      },
    });
  });
}
