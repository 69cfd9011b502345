/** node-red-node-test-helper with types, the four built nodes, and inboxes that are awaited instead of slept on. */
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { afterEach, beforeAll } from 'vitest';
import { isRecord } from '../../src/json';
import { cleanUpsAfterEach } from '../clean-ups';
import type { CleanUp } from '../clean-ups';

const require = createRequire(import.meta.url);

interface Helper {
  init(runtimePath: string): void;
  settings(settings: object): object;
  load(nodes: unknown[], flow: object[], credentials?: object): Promise<void>;
  unload(): Promise<void>;
  getNode(id: string): Node | null;
  startServer(done: () => void): void;
}

export const helper = require('node-red-node-test-helper') as Helper;
helper.init(require.resolve('node-red'));

/** Called at the top of a test file: each test finds a server and no flow, and leaves no flow. */
export function serveFlows(): CleanUp[] {
  const cleanUps = cleanUpsAfterEach();
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        helper.startServer(resolve);
      }),
  );
  // Before the clean-ups: what is registered last runs first.
  afterEach(() => helper.unload());
  return cleanUps;
}

const TYPES = ['webrtc-session', 'webrtc-stream', 'on-data', 'on-frame'];

/** The four nodes, as Node-RED's loader takes them, `inbox`, and the two core nodes that a session may refer to. */
const palette = [
  ...TYPES.map((type) => {
    const loaded = require(`../../dist/nodes/${type}.js`) as { __esModule: true; default: (RED: NodeAPI) => void };
    return loaded.default;
  }),
  registerInbox,
  ...['05-tls', '06-httpproxy'].map((file) => {
    return require(`@node-red/nodes/core/network/${file}.js`) as (RED: NodeAPI) => void;
  }),
];

export function getNode(id: string): Node {
  const node = helper.getNode(id);
  if (node === null) throw new Error(`node ${id} does not exist`);
  return node;
}

/** A node that keeps what arrives, from the first moment of a flow. */
export class Inbox {
  readonly messages: NodeMessage[] = [];
  readonly #arrivals = new EventEmitter();

  push(message: NodeMessage): void {
    this.messages.push(message);
    this.#arrivals.emit('message');
  }

  /** The first message, past or to come, that fits; fails after `timeoutMs`. */
  async first(fits: (message: NodeMessage) => boolean = () => true, timeoutMs = 30_000): Promise<NodeMessage> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      try {
        await once(this.#arrivals, 'message', { signal });
      } catch {
        const heard = this.messages.map(({ topic, payload, error }) => ({ topic, payload, error })).slice(-5);
        throw new Error(`No such message came; the last were ${JSON.stringify(heard)}`);
      }
    }
  }

  /** Resolves when so many have arrived. */
  async count(messages: number): Promise<NodeMessage[]> {
    await this.first(() => this.messages.length >= messages);
    return this.messages;
  }

  /** The first state message with this state. */
  state(name: string): Promise<NodeMessage> {
    return this.first(({ topic, payload }) => topic === 'state' && isRecord(payload) && payload['state'] === name);
  }

  /** The first error with this code, as a Catch node hands it on. */
  error(code: string): Promise<NodeMessage> {
    return this.first(({ error }) => isRecord(error) && error['code'] === code);
  }
}

interface InboxNode extends Node {
  inbox: Inbox;
}

function registerInbox(RED: NodeAPI): void {
  RED.nodes.registerType('inbox', function (this: InboxNode, config: NodeDef) {
    RED.nodes.createNode(this, config);
    this.inbox = new Inbox();
    this.on('input', (message, _send, done) => {
      this.inbox.push(message);
      done();
    });
  });
}

/** Loads a flow of the four nodes and inboxes; without a place on the canvas Node-RED takes a node for a config node. */
export function load(flow: object[], credentials: object = {}): Promise<void> {
  const placed = flow.map((node) => ('z' in node ? { x: 100, y: 100, ...node } : node));
  return helper.load(palette, placed, credentials);
}

/** The inbox of a node of the flow. */
export function inbox(id: string): Inbox {
  const node = getNode(id);
  if ('inbox' in node && node.inbox instanceof Inbox) return node.inbox;
  throw new Error(`node ${id} is no inbox`);
}

const TAB = { id: 'tab', type: 'tab', label: 'test' };
const sink = (id: string) => ({ id, type: 'inbox', z: 'tab', wires: [] });

/** A tab with a session on the built-in demo, one stream with its states in `states`, and a Catch node in `errors`. */
export function demoFlow(stream: object, more: object[] = [], session: object = {}): object[] {
  return [
    TAB,
    { id: 'session', type: 'webrtc-session', name: 'demo', server: 'demo', imageOutput: 'image', ...session },
    { id: 'stream', type: 'webrtc-stream', z: 'tab', name: 'door', session: 'session', wires: [['states']], ...stream },
    { id: 'catch', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['errors']] },
    sink('states'),
    sink('errors'),
    ...more,
  ];
}

/** An `on-data` node with an inbox an output: `<id>-0`, `<id>-1`… */
export function onData(id: string, fields: unknown[], over: object = {}): object[] {
  const outputs = fields.length + 2;
  const names = Array.from({ length: outputs }, (_, index) => `${id}-${index}`);
  const wires = names.map((name) => [name]);
  return [{ id, type: 'on-data', z: 'tab', session: 'session', fields, wires, ...over }, ...names.map(sink)];
}

/** An `on-frame` node with an inbox `<id>-0`. */
export function onFrame(id: string, over: object = {}): object[] {
  return [{ id, type: 'on-frame', z: 'tab', session: 'session', wires: [[`${id}-0`]], ...over }, sink(`${id}-0`)];
}
