/** The open source of a session, live or file, behind one face; it outlives the links that it feeds. */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { FfmpegProgram } from '../ffmpeg/locate';
import type { AccessUnit } from '../media/video';
import { openFrames } from '../source/frames-source';
import type { FramesSource } from '../source/frames-source';
import type { ManualFrame } from '../source/manual-frame';
import { openSource } from '../source/open-source';
import type { LiveSource } from '../source/live-source';
import type { SourceFacts } from '../source/source-facts';
import { isPulled, parsePulledAddress } from '../source/pulled-address';
import { openUploadFile } from '../source/upload-file';
import type { UploadSource } from '../source/upload-source';
import type { FramesSpec, PulledSpec, StreamSpec, TestPatternSpec, UploadSpec, WebcamSpec } from '../source/spec';
import { downloadRoute } from './download-route';
import type { SessionOptions } from './options';
import { ProgressMeter } from './progress-meter';
import type { Progress } from './progress-meter';

/** What an open source tells. */
export interface ActiveSourceEvents {
  onOpened(): void;
  /** `null`: at its end. At most once; never after `close()`. */
  onEnded(error: SessionError | null): void;
  onFacts(facts: SourceFacts): void;
  /** A file is being downloaded. */
  onProgress(progress: Progress): void;
  onChild(pid: number, running: boolean): void;
  onWarning(error: SessionError): void;
}

/** What sources are opened with; `ffmpeg` rejects when none is found. */
interface SourceTools {
  ffmpeg: () => Promise<FfmpegProgram>;
  clock: Clock;
}

/** Of video that this machine does not look into. */
const NOTHING_KNOWN = { reason: null, codec: null, width: null, height: null, fps: null };

/** See the file header. */
export class ActiveSource {
  readonly #events: ActiveSourceEvents;
  #live: LiveSource | undefined;
  #frames: FramesSource | undefined;
  #upload: UploadSource | undefined;
  #detach: (() => void) | undefined;
  readonly #abort = new AbortController();
  /** A download, or a look at the file, that has to end before this is closed. Never rejects. */
  #fetching: Promise<void> | undefined;
  #closed = false;

  constructor(events: ActiveSourceEvents) {
    this.#events = events;
  }

  /** The file to send, once opened. */
  get upload(): UploadSource | undefined {
    return this.#upload;
  }

  /** Pictures taken from the source, and those of them that never left it. */
  get stats(): { unitsRead: number; unitsDropped: number } {
    return this.#live?.stats ?? { unitsRead: 0, unitsDropped: 0 };
  }

  /** Takes a picture, where the source is made of such. */
  push(frame: ManualFrame): void {
    this.#frames?.push(frame);
  }

  /** Opens it; success and failure come as events. */
  open(options: SessionOptions, context: SourceTools): void {
    this.#open(options, context).then(
      () => this.#unlessClosed(() => this.#events.onOpened()),
      (thrown: unknown) => this.#unlessClosed(() => this.#events.onEnded(SessionError.from(thrown))),
    );
  }

  /** Feeds a link from a keyframe on; the previous one is detached. */
  attach(onAccessUnit: (unit: AccessUnit) => void): void {
    this.detach();
    this.#detach = this.#live?.attach({ onAccessUnit, onFacts: (facts) => this.#events.onFacts(facts) });
  }

  /** Feeds a second link, too; `takeOver` makes it the only one. */
  attachRelief(onAccessUnit: (unit: AccessUnit) => void): { detach(): void; takeOver(): void } {
    const onFacts = (facts: SourceFacts): void => this.#events.onFacts(facts);
    const detach = this.#live?.attach({ onAccessUnit, onFacts }) ?? ((): void => undefined);
    return {
      detach,
      takeOver: () => {
        this.detach();
        this.#detach = detach;
      },
    };
  }

  detach(): void {
    this.#detach?.();
    this.#detach = undefined;
  }

  /** See `LiveSource.encodeInstead`. */
  encodeInstead(reason: string): void {
    this.#live?.encodeInstead(reason);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    this.detach();
    await Promise.all([this.#live?.close(), this.#upload?.close(), this.#fetching]);
  }

  async #open(options: SessionOptions, context: SourceTools): Promise<void> {
    const { source: spec } = options;
    if (spec.kind === 'upload') {
      const opening = this.#openUpload({ spec, options, context });
      this.#fetching = opening.catch(() => undefined);
      return opening;
    }
    if (spec.kind === 'frames') return this.#openFrames(spec, context);
    if (!isPulled(spec)) return this.#openLive(spec, context);
    this.#openPulled(spec);
  }

  /** There is nothing to open here; a wrong address is told before the server is asked. */
  #openPulled(spec: PulledSpec): void {
    parsePulledAddress(spec);
    this.#events.onFacts({ ...NOTHING_KNOWN, path: 'pulled' });
  }

  async #openUpload(asked: { spec: UploadSpec; options: SessionOptions; context: SourceTools }): Promise<void> {
    const { clock } = asked.context;
    const meter = new ProgressMeter(clock.monotonicMs());
    const upload = await openUploadFile(asked.spec, {
      ...asked.context,
      onChild: (pid, running) => this.#events.onChild(pid, running),
      route: (url) => downloadRoute(url, asked.options),
      onDownload: (done, total) =>
        this.#unlessClosed(() => this.#events.onProgress(meter.at(done, total, clock.monotonicMs()))),
      signal: this.#abort.signal,
    });
    if (this.#closed) return upload.close();
    this.#upload = upload;
    this.#events.onFacts({ ...NOTHING_KNOWN, path: 'uploaded' });
  }

  async #openLive(spec: TestPatternSpec | StreamSpec | WebcamSpec, context: SourceTools): Promise<void> {
    const ffmpeg = await context.ffmpeg();
    if (this.#closed) return;
    const onChild = (pid: number, running: boolean): void => this.#events.onChild(pid, running);
    await this.#use(openSource(spec, { ffmpeg, clock: context.clock, onChild }));
  }

  /** At once, so that no picture comes too early. */
  async #openFrames(
    spec: FramesSpec,
    { ffmpeg, clock }: { ffmpeg: () => Promise<FfmpegProgram>; clock: Clock },
  ): Promise<void> {
    this.#frames = openFrames(spec, {
      ...{ ffmpeg, clock },
      onChild: (pid, running) => this.#events.onChild(pid, running),
      onWarning: (error) => this.#unlessClosed(() => this.#events.onWarning(error)),
    });
    await this.#use(this.#frames);
  }

  async #use(live: LiveSource): Promise<void> {
    this.#live = live;
    const facts = await live.opened;
    this.#unlessClosed(() => this.#events.onFacts(facts));
    void live.ended.then(({ error }) => this.#unlessClosed(() => this.#events.onEnded(error)));
  }

  #unlessClosed(event: () => void): void {
    if (!this.#closed) event();
  }
}
