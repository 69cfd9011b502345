/** What a node lets the editor see of itself while somebody looks: the routes find it on the node by its class. */
import type { NodeAPI } from 'node-red';
import { adminRoute } from './admin-route';
import { isRecord } from '../../src/index';
import type { LiveStateView } from './live-state';
import type { PreviewPicture } from './session-preview';

export interface EditorViewParts {
  /** Undefined: there is no picture at the moment. Bounded in time. */
  look?(): Promise<PreviewPicture | undefined>;
  /** The streams behind the node. */
  live(): LiveStateView[];
}

export class EditorView {
  readonly parts: EditorViewParts;

  constructor(parts: EditorViewParts) {
    this.parts = parts;
  }
}

/** A node with a view; undefined is one that could not be set up. */
export interface ViewedNode {
  editorView?: EditorView;
}

/** Call once a runtime. A node that is not deployed, or has nothing to show, is answered with 204. */
export function editorViewRoutes(RED: NodeAPI): void {
  const route = { method: 'get', permission: 'webrtc-session.read' } as const;
  adminRoute(RED, { ...route, path: '/inference-webrtc/preview/:id' }, async ({ params }) =>
    viewOf(RED, params['id'])?.look?.(),
  );
  adminRoute(RED, { ...route, path: '/inference-webrtc/live/:id' }, ({ params }) => {
    const streams = viewOf(RED, params['id'])?.live();
    return Promise.resolve(streams === undefined ? undefined : { streams });
  });
}

function viewOf(RED: NodeAPI, id: string | undefined): EditorViewParts | undefined {
  const node: unknown = RED.nodes.getNode(id ?? '');
  if (!isRecord(node)) return undefined;
  return node['editorView'] instanceof EditorView ? node['editorView'].parts : undefined;
}
