/**
 * A camera or live stream (RTSP, RTMP): read by one FFmpeg from now until it is closed, whether anybody watches or not,
 * because many cameras take one reader only and are slow to let go of it. Its end is a failure: cameras have none.
 */
import type { FfmpegExit, FfmpegProcess } from '../ffmpeg/process';
import { guard } from '../guard';
import { DeliveryWatch } from './delivery-watch';
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
  const watch = new DeliveryWatch({
    ...{ clock: context.clock, what, limits: { openMs: OPEN_WITHIN_MS, silenceMs: SILENCE_LIMIT_MS } },
    onSilent: (error) => life.end(error),
  });
  const relay = new VideoRelay({
    ...{ context, hub: life.hub, stats: life.stats, what, requested: spec.video ?? 'auto' },
    onFacts: (facts) => life.tell(facts),
    onFault: (error) => life.end(error),
    onDelivered: () => watch.heard(),
  });
  const input = { ffmpeg: context.ffmpeg, url: address.url, username: spec.username, password: spec.password };
  let reader: FfmpegProcess | undefined;
  const source = life.source({
    onSink: (isFirst) => relay.onSink(isFirst),
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
