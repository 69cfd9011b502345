/** `on-frame`: processed pictures on a wire, as image files or raw pixels, as often as the flow wants them. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { SessionError, systemClock } from '../src/index';
import { awaitReturns } from './runtime/await-returns';
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
  RED.nodes.registerType('on-frame', function (this: Node, config: OnFrameDef) {
    RED.nodes.createNode(this, config);
    let output: FrameOutput | undefined;
    joinSession(RED, this, {
      session: config.session,
      make: (show) => {
        const settings = parseOnFrameSettings(config);
        const acknowledgement = awaitReturns(RED, this, settings.acknowledgement);
        const hub = sessionService(RED, config.session)?.hub;
        const wants = frameWants(settings);
        const frames = new FrameOutput({
          settings,
          acknowledgement,
          clock: systemClock,
          newId: () => RED.util.generateId(),
          ask: (stream) => hub?.requestPicture(settings.stream === '' ? stream : settings.stream, pictureId(wants)),
          translate: (id, parameters) => RED._(id, parameters),
          send: (message) => this.send(message),
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
