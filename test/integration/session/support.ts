/** What session tests share: options for the demo server, and waiting for what a session tells. */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { WebRTCSession } from '../../../src/client/webrtc-session';
import type {
  DataEvent,
  EndEvent,
  FrameEvent,
  PhaseEvent,
  RolloverEvent,
  StatsEvent,
} from '../../../src/session/events';
import type { SessionOptions } from '../../../src/session/options';
import type * as Library from '../../../src/index';
import type * as DemoModule from '../../../src/demo/demo-server';
import type * as PoolModule from '../../../src/worker/shared-pool';

export { ffmpegChildren } from '../../ffmpeg-children.mjs';

export const root = path.resolve(import.meta.dirname, '../../..');

// Not `import`: one module cache for everything that is built.
export const require = createRequire(import.meta.url);

/** The built library: worker threads need real files. */
export const library = require(path.join(root, 'dist/src/index.js')) as typeof Library;
/** The demo server in this process, so that tests can switch its faults while it runs. */
export const demo = require(path.join(root, 'dist/src/demo/demo-server.js')) as typeof DemoModule;

/** The threads of all sessions of this process. */
export const { sharedPool } = require(path.join(root, 'dist/src/worker/shared-pool.js')) as typeof PoolModule;

export const clip = (name: string): string => path.join(root, '../shared/media', name);

/** A small quick session on the test pattern. */
export function demoOptions(url: string, over: Partial<SessionOptions> = {}): SessionOptions {
  return {
    server: { url, loopbackOnly: true },
    workflow: { kind: 'specification', specification: library.DEMO_WORKFLOW_SPECIFICATION },
    source: { kind: 'test-pattern', width: 480, height: 270, fps: 15 },
    streamOutput: ['image'],
    dataOutput: ['predictions', 'motion'],
    ...over,
  };
}

/** Everything a session has told so far, and promises for what is to come. */
export class Witness {
  readonly frames: FrameEvent[] = [];
  readonly data: DataEvent[] = [];
  readonly phases: PhaseEvent[] = [];
  readonly warnings: Library.SessionError[] = [];
  readonly rollovers: RolloverEvent[] = [];
  readonly ended: Promise<EndEvent>;
  lastStats: StatsEvent | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(session: WebRTCSession) {
    const note =
      <Item>(list: Item[]) =>
      (item: Item): void => {
        list.push(item);
        this.#check();
      };
    session.onFrame(note(this.frames));
    session.onData(note(this.data));
    session.onPhase(note(this.phases));
    session.onWarning(note(this.warnings));
    session.onRollover(note(this.rollovers));
    session.onStats((stats) => {
      this.lastStats = stats;
      this.#check();
    });
    this.ended = new Promise((resolve) => session.onEnd(resolve));
  }

  /** Resolves once `condition` holds; it is looked at whenever the session tells something. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      void this.ended.then((end) => {
        if (!condition()) reject(new Error(`the session ended (${end.outcome}, ${end.error?.message ?? 'no error'})`));
      });
    });
  }

  #check(): void {
    for (const check of [...this.#waiting]) check();
  }
}
