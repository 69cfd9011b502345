/** Everything that a session of ours tells, kept; and the options that every test here shares. */
import type { DataEvent, EndEvent, FrameEvent, SessionOptions, StatsEvent, WebRTCSession } from '../../src/index';
import type { AiortcServer } from './aiortc-server';
import { library } from './library';

const WAIT_MS = 60_000;

/** Names the outputs of `session.py`; that server runs nothing. */
const SPECIFICATION = {
  version: '1.0',
  outputs: ['frame_number', 'mean_luma', 'image', 'raw'].map((name) => ({ type: 'JsonField', name })),
};

/** Options of a session with the aiortc server. */
export function sessionOptions(
  server: AiortcServer,
  rest: Pick<SessionOptions, 'source'> & Partial<SessionOptions>,
): SessionOptions {
  return {
    server: { url: server.url, loopbackOnly: true },
    workflow: { kind: 'specification', specification: SPECIFICATION },
    recovery: { enabled: false },
    ...rest,
  };
}

/** Follows one session from before its start. */
export class SessionRecord {
  readonly session: WebRTCSession;
  readonly frames: FrameEvent[] = [];
  readonly data: DataEvent[] = [];
  readonly warnings: string[] = [];
  /** How the video went out, in order: `copied`, `encoded`. */
  readonly paths: string[] = [];
  stats: StatsEvent | undefined;
  end: EndEvent | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(options: SessionOptions) {
    this.session = new library.WebRTCSession(options, { thread: 'worker' });
    this.session.onFrame((frame) => this.#note(() => this.frames.push(frame)));
    this.session.onData((event) => this.#note(() => this.data.push(event)));
    this.session.onWarning((error) => this.#note(() => this.warnings.push(`${error.code}: ${error.message}`)));
    this.session.onEnd((end) => this.#note(() => (this.end = end)));
    this.session.onStats((stats) =>
      this.#note(() => {
        this.stats = stats;
        const path = stats.source?.path;
        if (path !== undefined && path !== this.paths.at(-1)) this.paths.push(path);
      }),
    );
  }

  /** Runs it to its end and closes it; rejects with the session's error. */
  async run(): Promise<this> {
    await this.session.run();
    return this;
  }

  /** Resolves once `condition` holds; rejects at the session's end, and after a minute. */
  async until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        finish();
      };
      const check = (): void => {
        if (condition()) settle(resolve);
        else if (this.end !== undefined) settle(() => reject(new Error(`Ended before ${what}: ${this.told()}`)));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`No ${what} in ${WAIT_MS / 1_000} s: ${this.told()}`))),
        WAIT_MS,
      );
      this.#waiting.add(check);
    });
  }

  /** From leaving to the arrival of the data message, in milliseconds, the middle one; undefined when none is known. */
  get latencyMsP50(): number | undefined {
    const known = this.data.flatMap(({ timing: { sentAt, receivedAt } }) =>
      sentAt === null || receivedAt === null ? [] : [receivedAt - sentAt],
    );
    return known.sort((a, b) => a - b)[Math.floor(known.length / 2)];
  }

  /** What an error message should show. */
  told(): string {
    const { stats, end, warnings } = this;
    return JSON.stringify({ phase: this.session.lastPhase, end, warnings, stats, data: this.data.length });
  }

  #note(step: () => void): void {
    step();
    for (const check of [...this.#waiting]) check();
  }
}
