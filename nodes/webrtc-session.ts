/** `webrtc-session`: server, key, workflow and network, shared by the streams and listeners that choose it. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { discoveryRoutes } from './runtime/discovery-routes';
import { chosenNode, keyPlace } from './runtime/discovery-request';
import type { KeyedNode } from './runtime/discovery-request';
import { runtimeSettings } from './runtime/runtime-settings';
import { EditorView, editorViewRoutes } from './runtime/editor-view';
import type { ViewedNode } from './runtime/editor-view';
import { SessionService } from './runtime/session-service';
import { parseSessionSettings } from './runtime/session-settings';

interface Secrets {
  apiKey: unknown;
  turnCredential: unknown;
}

interface SessionNode extends Node<Secrets>, ViewedNode, KeyedNode {
  service: SessionService;
}

interface SessionConfig extends NodeDef {
  tls?: unknown;
  proxy?: unknown;
}

export default function register(RED: NodeAPI): void {
  editorViewRoutes(RED);
  discoveryRoutes(RED);
  RED.nodes.registerType(
    'webrtc-session',
    function (this: SessionNode, config: SessionConfig) {
      RED.nodes.createNode(this, config);
      this.keyPlace = keyPlace(config);
      this.service = new SessionService(
        () =>
          parseSessionSettings(config, this.credentials, {
            tls: chosenNode(RED, config.tls),
            proxy: chosenNode(RED, config.proxy),
          }),
        (id, parameters) => RED._(id, parameters),
        runtimeSettings(RED.settings),
      );
      this.editorView = new EditorView({ live: () => this.service.hub.live() });
    },
    {
      credentials: { apiKey: { type: 'password' }, turnCredential: { type: 'password' } },
      settings: {
        webrtcSessionFfmpegPath: { value: '', exportable: false },
        webrtcSessionMaxThreads: { value: 0, exportable: false },
        webrtcSessionPlatformUrl: { value: '', exportable: false },
      },
    },
  );
}
