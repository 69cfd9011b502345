/** `on-data`: the outputs of the workflow on wires, one wire a field. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { SessionError, systemClock } from '../src/index';
import type { DataEvent } from '../src/index';
import { awaitReturns } from './runtime/await-returns';
import type { Badge } from './runtime/badge';
import { CountsBadge } from './runtime/counts-badge';
import { DataOutput } from './runtime/data-output';
import type { FlowAcknowledgement } from './runtime/flow-acknowledgement';
import { onInput } from './runtime/input';
import { joinSession } from './runtime/listener-node';
import { parseOnDataSettings } from './runtime/listener-settings';

interface OnDataDef extends NodeDef {
  session?: unknown;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('on-data', function (this: Node, config: OnDataDef) {
    RED.nodes.createNode(this, config);
    let returns: FlowAcknowledgement | undefined;
    joinSession(RED, this, {
      session: config.session,
      make: (show, taken) => {
        const settings = parseOnDataSettings(config);
        const acknowledgement = awaitReturns(RED, this, settings.acknowledgement);
        returns = acknowledgement;
        const output = new DataOutput(settings);
        const { badge, count } = countingBadge(RED, show);
        this.on('close', () => badge.close());
        const fields = settings.fields.flatMap(({ segments }) => segments.slice(0, 1));
        return {
          stream: settings.stream,
          wants: { kind: 'data', fields, wholeDictionary: settings.wholeDictionary },
          onData: (event, stream) => {
            // Also when nothing has changed: the flow watches.
            taken(stream);
            count(event);
            const messages = output.messages(event, stream);
            const sent = messages.filter((message) => message !== null);
            if (acknowledgement === undefined || sent.length === 0) {
              this.send(messages);
              return undefined;
            }
            return acknowledgement.send(stream, event.awaited === true, (_msgid) => {
              for (const message of sent) message._msgid = _msgid;
              this.send(messages);
            });
          },
          onBadge: (state) => badge.state(state),
          onPhase: (event, stream) => {
            acknowledgement?.phase(event, stream);
            const end = output.end(event, stream);
            if (end !== undefined) this.send(end);
          },
        };
      },
    });
    onInput(this, (message) => {
      if (returns === undefined) throw takesNoMessages();
      returns.takeBack(message);
    });
  });
}

/** Shows what came through and what was left out. */
function countingBadge(
  RED: NodeAPI,
  show: (badge: Badge) => void,
): { badge: CountsBadge; count: (event: DataEvent) => void } {
  const counts = { sent: 0, dropped: 0 };
  const badge = new CountsBadge({
    ...{ clock: systemClock, show, always: false, counts: () => counts },
    text: (numbers) => RED._('on-data.status.counts', numbers),
  });
  const count = ({ skipped }: DataEvent): void => {
    counts.sent += 1;
    counts.dropped += skipped;
    if (counts.dropped > 0) badge.changed();
  };
  return { badge, count };
}

function takesNoMessages(): SessionError {
  const message = 'This on-data takes no messages: choose that frames are done when they come back, in its dialog.';
  return new SessionError('INVALID_OPTION', message);
}
