/**
 * A camera or live stream (RTSP, RTMP): read by one FFmpeg from now until it is closed, whether anybody watches or not,
 * because many cameras take one reader only and are slow to let go of it. Its end is a failure: cameras have none.
 */
import { SessionError } from '../errors';
import type { FfmpegExit, FfmpegProcess } from '../ffmpeg/process';
import { guard } from '../guard';
import type { LiveSource, SourceContext } from './live-source';
import { startNutChild } from './nut-child';
import { readerEnd } from './reader-end';
import { readArgs } from './source-arguments';
import { SourceLife } from './source-life';
import type { StreamSpec } from './spec';
import type { StreamAddress } from './stream-address';
import { VideoRelay } from './video-relay';

/** Name resolution, connecting, authorisation and FFmpeg's look at the stream; slow cameras take ten seconds. */
const OPEN_WITHIN_MS = 30_000;
/**
 * FFmpeg's own limit, which ends a reader even when its Node is gone. Its end takes twice as long: it says TEARDOWN and
 * waits for an answer. (Upstream's client gives a camera 5 s.)
 */
const IO_TIMEOUT_MS = 6_000;
/** Ours comes after FFmpeg's, for a reader that hangs. */
const SILENCE_LIMIT_MS = IO_TIMEOUT_MS + 2_000;

type CameraAddress = Extract<StreamAddress, { kind: 'network' }>;

/** Never throws: what goes wrong is told by `opened` and `ended`. */
export function openCamera(
  spec: Pick<StreamSpec, 'video' | 'username' | 'password'>,
  address: CameraAddress,
  context: SourceContext,
): LiveSource {
  const life = new SourceLife();
  const what = `Camera ${address.label}`;
  const watch = new SilenceWatch({ context, life, what });
  const relay = new VideoRelay({
    ...{ context, hub: life.hub, stats: life.stats, what, requested: spec.video ?? 'auto' },
    onFacts: (facts) => life.tell(facts),
    onFault: (error) => life.end(error),
    onDelivered: () => watch.heard(),
  });
  const input = { ffmpeg: context.ffmpeg, url: address.url, username: spec.username, password: spec.password };
  let reader: FfmpegProcess | undefined;
  const source = life.source({
    onFirstSink: () => undefined,
    encodeInstead: (reason) => relay.encodeInstead(reason),
    async shutDown() {
      watch.stop();
      await Promise.all([reader?.close(), relay.close()]);
    },
  });
  const start = guard(life.fail, () => {
    reader = startNutChild({
      ...{ context, secrets: address.secrets, stopGently: true },
      args: readArgs({ ...input, ioTimeoutMs: IO_TIMEOUT_MS }),
      onStream: (stream) => relay.onStream(stream),
      onPacket: (packet) => relay.onPacket(packet),
    });
    const onExit = (exit: FfmpegExit): void => {
      const delivered = life.stats.unitsRead > 0;
      life.end(readerEnd({ exit, what, secrets: address.secrets, live: true, delivered }));
    };
    void reader.exited.then(guard(life.fail, onExit));
  });
  start();
  return source;
}

/** Ends the source when nothing comes for too long. One timer, looked at again when it fires. */
class SilenceWatch {
  readonly #options: { context: SourceContext; life: SourceLife; what: string };
  #heardAtMs: number | undefined;
  #cancel: () => void;

  constructor(options: { context: SourceContext; life: SourceLife; what: string }) {
    this.#options = options;
    this.#cancel = options.context.clock.after(OPEN_WITHIN_MS, this.#check);
  }

  heard(): void {
    if (this.#heardAtMs === undefined) {
      this.#cancel();
      this.#cancel = this.#options.context.clock.after(SILENCE_LIMIT_MS, this.#check);
    }
    this.#heardAtMs = this.#options.context.clock.monotonicMs();
  }

  stop(): void {
    this.#cancel();
  }

  readonly #check = (): void => {
    const { context, life, what } = this.#options;
    if (this.#heardAtMs === undefined) {
      const message = `${what} did not deliver a picture within ${OPEN_WITHIN_MS / 1000} s: check address and camera.`;
      life.end(new SessionError('SOURCE_UNREACHABLE', message, { retry: true }));
      return;
    }
    const leftMs = this.#heardAtMs + SILENCE_LIMIT_MS - context.clock.monotonicMs();
    if (leftMs > 0) {
      this.#cancel = context.clock.after(leftMs, this.#check);
      return;
    }
    const message = `${what} has delivered no picture for ${SILENCE_LIMIT_MS / 1000} s: check the camera and the network.`;
    life.end(new SessionError('SOURCE_STALLED', message, { retry: true }));
  };
}
