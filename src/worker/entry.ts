/** Runs inside a worker thread: hosts session cores and the demo server, and answers pings. */
import './early-look';
import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { startDemoServer } from '../demo/demo-server';
import type { DemoServer } from '../demo/demo-server';
import { SessionError } from '../errors';
import { loadWerift } from '../peer/werift';
import type { SessionEvent } from '../session/events';
import { createSessionCore } from '../session/session-core';
import type { SessionCore } from '../session/session-core';
import type { FromWorker, ToWorker } from './messages';

/** All that lives in this thread. */
class WorkerHost {
  readonly #port: MessagePort;
  readonly #sessions = new Map<number, SessionCore>();
  readonly #demos = new Map<number, Promise<DemoServer>>();

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Never throws: one session's fault must not end the others that live here. */
  receive(message: ToWorker): void {
    try {
      this.#handle(message);
    } catch (thrown) {
      const error = SessionError.from(thrown).toData();
      if (!('id' in message)) return;
      if (message.kind !== 'open-session') return this.#emit(message.id, { kind: 'warning', error });
      this.#emit(message.id, { kind: 'end', outcome: 'failed', terminationReason: null, error });
    }
  }

  // eslint-disable-next-line complexity -- one case a message kind, nothing else
  #handle(message: ToWorker): void {
    switch (message.kind) {
      case 'open-session':
        this.#sessions.set(
          message.id,
          createSessionCore(message.options, (event) => this.#emit(message.id, event)),
        );
        return;
      case 'start':
        return this.#sessions.get(message.id)?.start();
      case 'stop':
        void this.#sessions.get(message.id)?.stop();
        return;
      case 'reconfigure':
        return this.#sessions.get(message.id)?.reconfigure(message.change);
      case 'request-picture':
        return this.#sessions.get(message.id)?.requestPicture(message.picture);
      case 'acknowledge':
        return this.#sessions.get(message.id)?.acknowledge(message.frameId);
      case 'send-frame':
        return this.#sessions.get(message.id)?.sendFrame(message.frame);
      case 'grant':
        return this.#sessions.get(message.id)?.grant(message.of, message.count);
      case 'open-demo':
        return this.#openDemo(message);
      case 'close-demo':
        return this.#closeDemo(message.id);
      case 'ping':
        return this.#post({ kind: 'pong' });
      case 'exit':
        this.#port.close();
    }
  }

  #emit(id: number, event: SessionEvent): void {
    if (event.kind === 'child') {
      this.#post({ kind: 'child', pid: event.pid, running: event.running });
      return;
    }
    if (event.kind === 'end') this.#sessions.delete(id);
    this.#post({ kind: 'event', id, event }, event.kind === 'frame' ? transferable(event.data) : []);
  }

  #openDemo(message: Extract<ToWorker, { kind: 'open-demo' }>): void {
    const { id, options } = message;
    const starting = startDemoServer({
      ...options,
      onChild: (pid, running) => this.#post({ kind: 'child', pid, running }),
    });
    this.#demos.set(id, starting);
    starting.then(
      ({ url }) => this.#post({ kind: 'demo-ready', id, url }),
      (thrown: unknown) => this.#post({ kind: 'demo-failed', id, error: SessionError.from(thrown).toData() }),
    );
  }

  #closeDemo(id: number): void {
    const closed = (): void => this.#post({ kind: 'demo-closed', id });
    const demo = this.#demos.get(id) ?? Promise.reject(new Error('never opened'));
    this.#demos.delete(id);
    demo.then((server) => server.close()).then(closed, closed);
  }

  #post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** The buffer to hand over with a picture; a slice of a shared pool must be copied instead. */
function transferable(data: Uint8Array): ArrayBuffer[] {
  const { buffer } = data;
  const whole = data.byteOffset === 0 && data.byteLength === buffer.byteLength;
  return whole && buffer instanceof ArrayBuffer ? [buffer] : [];
}

if (parentPort !== null) {
  const port = parentPort;
  const host = new WorkerHost(port);
  // Messages wait in the port until somebody listens. A thread that cannot load WebRTC ends, and says why.
  void loadWerift().then(() => port.on('message', (message: ToWorker) => host.receive(message)));
}
