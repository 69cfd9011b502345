/**
 * What can be played whenever somebody watches: files, HTTP streams, the test pattern. It is prepared at once, begins
 * with the first sink (so that a short file loses nothing while the peer connects) and then runs in real time, with or
 * without sinks. Copied video goes through a relay, which can still change its mind; the rest is encoded by the child
 * that reads it, which also turns rotated pictures upright.
 */
import type { SessionError } from '../errors';
import type { FfmpegExit, FfmpegProcess } from '../ffmpeg/process';
import { guard } from '../guard';
import { DeliveryWatch } from './delivery-watch';
import type { DeliveryWatchOptions } from './delivery-watch';
import type { LiveSource, SourceContext } from './live-source';
import type { SourceFacts } from './source-facts';
import { startNutChild } from './nut-child';
import { readerEnd } from './reader-end';
import { SourceLife } from './source-life';
import { VideoRelay } from './video-relay';

/** What to run once somebody watches. */
export interface PlayPlan {
  facts: SourceFacts;
  /** `copied` facts: gives the stream as it is; else VP8. */
  args: readonly string[];
}

export interface PlayOptions {
  context: SourceContext;
  what: string;
  secrets: readonly string[];
  /** For streams, which can fall silent; files cannot. */
  limits?: DeliveryWatchOptions['limits'];
  /** `onStarted` takes a child that must not outlive the source. */
  prepare(onStarted: (process: FfmpegProcess) => void): Promise<PlayPlan>;
}

/** Never throws: what goes wrong is told by `opened` and `ended`. */
export function playSource(options: PlayOptions): LiveSource {
  return new PlayedSource(options).source;
}

class PlayedSource {
  readonly source: LiveSource;
  readonly #options: PlayOptions;
  readonly #life = new SourceLife();
  readonly #relay: VideoRelay;
  /** The probing child, then the playing one. */
  #child: FfmpegProcess | undefined;
  #plan: PlayPlan | undefined;
  #watch: DeliveryWatch | undefined;
  #isWatched = false;

  constructor(options: PlayOptions) {
    this.#options = options;
    const { hub, stats } = this.#life;
    this.#relay = new VideoRelay({
      ...{ context: options.context, what: options.what, hub, stats, requested: 'auto' },
      onFacts: (facts) => this.#life.tell(facts),
      onFault: (error) => this.#life.end(error),
      onDelivered: () => this.#watch?.heard(),
    });
    this.source = this.#life.source({
      onSink: (isFirst) => {
        if (!isFirst) return this.#relay.onSink(false);
        this.#isWatched = true;
        this.#play();
      },
      encodeInstead: (reason) => this.#relay.encodeInstead(reason),
      shutDown: async () => {
        this.#watch?.stop();
        await Promise.all([this.#child?.close(), this.#relay.close()]);
      },
    });
    this.#prepare().catch(this.#life.fail);
  }

  async #prepare(): Promise<void> {
    const plan = await this.#options.prepare((child) => {
      this.#child = child;
      if (this.#life.isOver) void child.close();
    });
    if (this.#life.isOver) return;
    this.#plan = plan;
    this.#life.tell(plan.facts);
    this.#play();
  }

  /** Does nothing until both a plan and a sink are there. */
  #play(): void {
    const plan = this.#plan;
    if (plan === undefined || !this.#isWatched) return;
    const { context, secrets, limits, what } = this.#options;
    const consumer = plan.facts.path === 'copied' ? this.#relayed() : this.#encoded(plan.facts);
    const child = startNutChild({ context, secrets, args: plan.args, stopGently: true, ...consumer });
    this.#child = child;
    if (limits !== undefined) {
      const onSilent = (error: SessionError): void => this.#life.end(error);
      this.#watch = new DeliveryWatch({ clock: context.clock, what, limits, onSilent });
    }
    void child.exited.then(guard(this.#life.fail, (exit) => this.#onExit(exit, plan)));
  }

  #relayed(): Pick<Parameters<typeof startNutChild>[0], 'onStream' | 'onPacket'> {
    return {
      onStream: (stream) => this.#relay.onStream(stream),
      onPacket: (packet) => this.#relay.onPacket(packet),
    };
  }

  #encoded(facts: SourceFacts): Pick<Parameters<typeof startNutChild>[0], 'onStream' | 'onPacket'> {
    const { hub, stats } = this.#life;
    const { clock } = this.#options.context;
    return {
      // Only the encoder knows for sure: pictures may have been turned, or were never probed.
      onStream: ({ width, height }) => {
        if (width !== facts.width || height !== facts.height) this.#life.tell({ ...facts, width, height });
      },
      onPacket: ({ data, pts90k, keyframe }) => {
        stats.unitsRead += 1;
        this.#watch?.heard();
        hub.deliver({ codec: 'vp8', data, pts90k, keyframe, capturedAtMs: clock.epochMs() });
      },
    };
  }

  async #onExit(exit: FfmpegExit, { facts }: PlayPlan): Promise<void> {
    const { what, secrets } = this.#options;
    const delivered = this.#life.stats.unitsRead > 0;
    const error = readerEnd({ exit, what, secrets, live: false, delivered });
    const flushed = error === null && facts.path === 'copied' ? await this.#relay.finish() : null;
    this.#life.end(error ?? flushed);
  }
}

/** A source that could not even be tried. */
export function alreadyOver(thrown: unknown): LiveSource {
  const life = new SourceLife();
  const source = life.source({
    onSink: () => undefined,
    encodeInstead: () => undefined,
    shutDown: () => Promise.resolve(),
  });
  life.fail(thrown);
  return source;
}
