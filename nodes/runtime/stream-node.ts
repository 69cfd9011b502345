/** The parts of a `webrtc-stream` node put together: settings, runner, reporter, and its place in the session's hub. */
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { SessionError, systemClock } from '../../src/index';
import { parseOutputChange } from './asked-outputs';
import type { Badge } from './badge';
import { EditorView } from './editor-view';
import { EndWaits, waitTimeoutMs } from './end-waits';
import { toCatchError } from './errors';
import { frameFailure } from './frame-failure';
import { frameOf } from './frame-input';
import { LiveState } from './live-state';
import { MessageSources } from './message-source';
import { statusShower } from './node-status';
import { openSession, prepareSession } from './open-stream';
import type { HubStream } from './session-hub';
import { sessionService } from './session-service';
import type { SessionService } from './session-service';
import { dayUseStore } from './day-use-store';
import { StreamLimits } from './stream-limits';
import { StreamReporter } from './stream-reporter';
import { StreamRunner } from './stream-runner';
import { parseStreamSettings } from './stream-settings';
import type { StreamSettings } from './stream-settings';
import { templateScope } from './template-scope';

interface Parts {
  settings: StreamSettings;
  service: SessionService;
  hub: HubStream;
  reporter: StreamReporter;
  runner: StreamRunner;
  waits: EndWaits;
  sources: MessageSources;
  limits: StreamLimits;
}

type Send = (message: NodeMessage) => void;

export class StreamNode {
  readonly #node: Node;
  readonly #show: (badge: Badge) => void;
  readonly #parts: Parts | undefined;
  /** Why there are no parts. */
  readonly #fault: SessionError | undefined;
  #deployed = false;
  /** Undefined where the settings are at fault. */
  editorView: EditorView | undefined;

  constructor(RED: NodeAPI, node: Node, config: { session?: unknown }) {
    this.#node = node;
    this.#show = statusShower(node);
    const service = sessionService(RED, config.session);
    try {
      if (service === undefined) throw noSession();
      this.#parts = this.#assemble(RED, service, parseStreamSettings(config, node.credentials, node.id));
      this.#parts.reporter.idle();
      if (this.#parts.settings.source.kind === 'message') {
        this.#show({ fill: 'grey', shape: 'ring', text: RED._('webrtc-stream.status.awaitsSource') });
      }
    } catch (thrown) {
      this.#fault = SessionError.from(thrown);
      const text = RED._(`webrtc-stream.status.${service === undefined ? 'noSession' : 'invalid'}`);
      this.#show({ fill: 'red', shape: 'ring', text });
    }
  }

  /** After each deploy: the first starts the stream if it is meant to, later ones follow the wires. */
  flowsStarted(): void {
    const first = !this.#deployed;
    this.#deployed = true;
    if (this.#parts === undefined) {
      if (first && this.#fault !== undefined) this.#node.error(toCatchError(this.#fault), { topic: 'error' });
      return;
    }
    const { runner, reporter } = this.#parts;
    const action = first ? this.#startOnDeploy(this.#parts) : runner.refreshOutputs();
    action.catch(toldBy(reporter));
  }

  /** `msg.action`, as `unknownAction` lists them; without one, a frame where frames are the source. */
  async act(message: NodeMessage, send: Send): Promise<void> {
    if (this.#parts === undefined) throw this.#fault ?? noSession();
    const { runner, reporter, limits, sources } = this.#parts;
    switch (message['action']) {
      case 'start':
        sources.accept(message);
        return limits.begin(message, () => runner.start(message));
      case 'stop':
        limits.stopped();
        return runner.stop();
      case 'restart':
        sources.accept(message);
        return limits.begin(message, () => runner.restart(message));
      case 'reconfigure':
        return runner.reconfigure(parseOutputChange(message.payload));
      case 'cancel':
        return runner.cancel();
      case 'wait':
        await this.#parts.waits.wait({
          timeoutMs: waitTimeoutMs(message['timeout']),
          settled: runner.settled,
          last: () => reporter.last,
        });
        send(Object.assign(message, reporter.statusMessage()));
        return;
      case 'status':
        // On the message that asked, so that whoever waits for it finds it.
        send(Object.assign(message, reporter.statusMessage(runner.outputs)));
        return;
      case undefined:
        if (sources.takesFrames) return runner.sendFrame(frameOf(message));
        throw unknownAction(undefined);
      default:
        throw unknownAction(message['action']);
    }
  }

  /** Ends the session; bounded, never rejects. */
  async close(): Promise<void> {
    if (this.#parts === undefined) return;
    this.#parts.waits.close();
    this.#parts.limits.close();
    await this.#parts.runner.close();
    this.#parts.hub.leave();
  }

  async #startOnDeploy({ settings, service, runner, limits }: Parts): Promise<void> {
    if (settings.start === 'message' || settings.source.kind === 'message') return;
    // A server that costs money while connected waits for a wish, unless the node says otherwise.
    if (settings.start === 'auto' && isHosted(service)) return;
    await limits.begin(undefined, () => runner.start());
  }

  #assemble(RED: NodeAPI, service: SessionService, settings: StreamSettings): Parts {
    const node = this.#node;
    const live = new LiveState(settings.name);
    const sources = new MessageSources(settings.source);
    const hub = service.hub.addStream(settings.name, {
      requestPicture: (picture) => runner.requestPicture(picture),
      live: () => live.view(),
      taken: () => limits.taken(),
    });
    const reporter = new StreamReporter({
      stream: settings.name,
      limits: settings.limits,
      badge: (event) => hub.phase(event),
      status: this.#show,
      send: (message) => node.send(message),
      error: (error, message) => node.error(error, message),
      nowMs: () => performance.now(),
    });
    const waits = new EndWaits(systemClock);
    const runner = new StreamRunner({
      prepare: async (message) =>
        prepareSession({ ...settings, source: sources.take(message) }, service, templateScope(RED, node, message)),
      open: (options) => openSession(service, options),
      wanted: () => hub.wanted(),
      events: {
        phase: (event, reported) => {
          live.phase(event);
          reporter.phase(event, reported);
          waits.phase(event);
          limits.phase(event);
        },
        stats: (event) => [live, reporter].forEach((hearer) => hearer.stats(event)),
        rollover: (event) => reporter.rollover(event),
        warning: (error) => reporter.warning(error),
        data: (event) => {
          live.timing(event.timing);
          const done = hub.data(event);
          const failure = frameFailure(event, (runner.outputs ?? hub.wanted()).dataOutput);
          if (failure !== undefined) reporter.warning(failure);
          return done;
        },
        awaitsPictures: () => hub.awaitsPictures(),
        frame: (event) => hub.frame(event),
      },
    });
    const look = (): ReturnType<typeof service.preview.look> => service.preview.look(settings.name, []);
    this.editorView = new EditorView({ look, live: () => [live.view()] });
    const limits = this.#limitsOf(settings, { runner, reporter });
    return { settings, service, hub, reporter, runner, waits, limits, sources };
  }

  #limitsOf(settings: StreamSettings, { runner, reporter }: Pick<Parts, 'runner' | 'reporter'>): StreamLimits {
    const tell = toldBy(reporter);
    const limits: StreamLimits = new StreamLimits({
      settings: settings.limits,
      store: dayUseStore(this.#node),
      stop: (cause) => {
        runner.refuse(cause);
        runner.stop(cause).catch(tell);
      },
      resume: (message) => {
        limits.begin(message, () => runner.start(message)).catch(tell);
      },
    });
    return limits;
  }
}

/** Tells what nobody waits for; that the node was removed meanwhile is no failure. */
function toldBy(reporter: StreamReporter): (thrown: unknown) => void {
  return (thrown) => {
    const error = SessionError.from(thrown);
    if (error.code !== 'SESSION_CLOSED') reporter.failure(error.toData());
  };
}

function isHosted(service: SessionService): boolean {
  try {
    return service.settings().server.kind === 'hosted';
  } catch {
    // Starting tells what is wrong with the settings, badge and all.
    return false;
  }
}

function noSession(): SessionError {
  const message = 'webrtc-stream has no session: choose a webrtc-session node in its dialog.';
  return new SessionError('INVALID_OPTION', message, { details: { field: 'session' } });
}

function unknownAction(action: unknown): SessionError {
  const found = typeof action === 'string' ? `is "${action.slice(0, 40)}"` : 'is missing or not text';
  const message = `msg.action ${found}: use start, stop, restart, reconfigure, cancel, wait or status.`;
  return new SessionError('INVALID_OPTION', message, { details: { field: 'action' } });
}
