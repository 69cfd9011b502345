/** `on-frame`: processed pictures on a wire, as image files or raw pixels, as often as the flow wants them. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { SessionError, systemClock } from '../src/index';
import { awaitReturns } from './runtime/await-returns';
import { EditorView } from './runtime/editor-view';
import type { ViewedNode } from './runtime/editor-view';
import { FrameOutput } from './runtime/frame-output';
import { onInput } from './runtime/input';
import { joinSession } from './runtime/listener-node';
import { frameWants, parseOnFrameSettings } from './runtime/listener-settings';
import { sessionService } from './runtime/session-service';
import { pictureId } from './runtime/wanted-pictures';

interface OnFrameDef extends NodeDef {
  session?: unknown;
}

export default function register(RED: NodeAPI): void {
  RED.nodes.registerType('on-frame', function (this: Node & ViewedNode, config: OnFrameDef) {
    RED.nodes.createNode(this, config);
    let output: FrameOutput | undefined;
    joinSession(RED, this, {
      session: config.session,
      make: (show, taken) => {
        const settings = parseOnFrameSettings(config);
        const acknowledgement = awaitReturns(RED, this, settings.acknowledgement);
        const service = sessionService(RED, config.session);
        const { stream, shapesFrom } = settings;
        this.editorView = new EditorView({
          look: async () => service?.preview.look(stream, shapesFrom),
          live: () => service?.hub.live(stream) ?? [],
        });
        const wants = frameWants(settings);
        const frames = new FrameOutput({
          settings,
          acknowledgement,
          clock: systemClock,
          newId: () => RED.util.generateId(),
          ask: (asked) => service?.hub.requestPicture(stream === '' ? asked : stream, pictureId(wants)),
          translate: (id, parameters) => RED._(id, parameters),
          send: (message) => this.send(message),
          onSent: (stream) => taken(stream),
          show,
        });
        output = frames;
        return {
          stream: settings.stream,
          awaited: acknowledgement !== undefined,
          wants,
          onFrame: (event, stream, picture) => frames.frame(event, stream, picture),
          onPhase: (event, stream) => acknowledgement?.phase(event, stream),
          onBadge: (badge) => frames.badge(badge),
        };
      },
    });
    onInput(this, (message, send) => {
      if (output !== undefined) return output.input(message, send);
      throw new SessionError('INVALID_OPTION', 'on-frame is not set up: see its status, and its dialog.');
    });
    this.on('close', () => output?.close());
  });
}
