/** What a `webrtc-session` node offers the nodes that use it. */
import type { NodeAPI } from 'node-red';
import { isRecord, systemClock } from '../../src/index';
import type { Translate } from './badge';
import { SessionHub } from './session-hub';
import { SessionPreview } from './session-preview';
import type { OutputPolicy, SessionSettings } from './session-settings';

/** What the settings.js of Node-RED adds. */
export interface RuntimeSettings {
  ffmpegPath?: string;
  maxThreads?: number;
  /** Base URL of Roboflow's platform, for look-ups. */
  platformUrl?: string;
}

/** Outputs while the configuration is faulty; nothing starts then. */
const NO_POLICY: OutputPolicy = { video: 'auto', imageOutput: null, data: 'auto' };

export class SessionService {
  readonly hub: SessionHub;
  readonly preview: SessionPreview;
  readonly runtime: RuntimeSettings;
  readonly #parse: () => SessionSettings;

  /** `parse` may throw; its error then belongs to whoever wants to start. */
  constructor(parse: () => SessionSettings, translate: Translate, runtime: RuntimeSettings) {
    this.#parse = parse;
    this.runtime = runtime;
    let policy = NO_POLICY;
    try {
      policy = parse().outputs;
    } catch {
      // Told by `settings()`.
    }
    this.hub = new SessionHub(policy, translate);
    this.preview = new SessionPreview(this.hub, systemClock);
  }

  /** Throws INVALID_OPTION or API_KEY_REJECTED. */
  settings(): SessionSettings {
    return this.#parse();
  }
}

/** The session that a node has chosen; `undefined` when none is chosen or it is gone. */
export function sessionService(RED: NodeAPI, id: unknown): SessionService | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  // Null for a node that does not exist, whatever the types say.
  const node: unknown = RED.nodes.getNode(id);
  if (!isRecord(node)) return undefined;
  return node['service'] instanceof SessionService ? node['service'] : undefined;
}
