/** A camera, a network stream or a file, by its address. */
import type { LiveSource, SourceContext } from './live-source';
import { openCamera } from './camera-source';
import { alreadyOver, playSource } from './played-source';
import type { PlayPlan } from './played-source';
import { readAndEncodeArgs, readArgs } from './source-arguments';
import type { StreamInput } from './source-arguments';
import { checkSourceFile } from './source-file';
import type { StreamSpec } from './spec';
import { parseStreamAddress } from './stream-address';
import type { StreamAddress } from './stream-address';
import { probeStream } from './stream-probe';
import type { ProbeOptions, ProbeResult } from './stream-probe';

const FALLBACK_FPS = 25;
/** Live playlists bring pieces of up to ten seconds, and FFmpeg waits for ever for the next one. */
const LIMITS = { openMs: 30_000, silenceMs: 30_000 };

/** Never throws: a bad address is told by `opened` and `ended`, before anything is started. */
export function openStream(spec: StreamSpec, context: SourceContext): LiveSource {
  let address: StreamAddress;
  try {
    address = parseStreamAddress(spec);
  } catch (thrown) {
    return alreadyOver(thrown);
  }
  if (address.kind === 'network' && /^(rt[ms]ps?|srt)$/.test(address.scheme)) return openCamera(spec, address, context);
  const what = address.kind === 'file' ? `File ${address.label}` : `Stream ${address.label}`;
  const { secrets } = address;
  return playSource({
    ...{ context, what, secrets },
    ...(address.kind === 'network' && { limits: LIMITS }),
    async prepare(onStarted) {
      if (address.kind === 'file') await checkSourceFile(address.path);
      const input = inputOf(spec, address, context);
      const probe: ProbeOptions = { context, input, requested: spec.video ?? 'auto', what, secrets, onStarted };
      return playPlan(await probeStream(probe), input);
    },
  });
}

function inputOf(spec: StreamSpec, address: StreamAddress, { ffmpeg }: SourceContext): StreamInput {
  if (address.kind === 'file') return { ffmpeg, url: address.path, loop: spec.loop };
  return { ffmpeg, url: address.url, username: spec.username, password: spec.password };
}

function playPlan({ facts, isMotionJpegCamera }: ProbeResult, input: StreamInput): PlayPlan {
  // A camera sets its own pace; a file on a web server has to be given one.
  const paced: StreamInput = { ...input, pace: isMotionJpegCamera ? 'clock' : 'real-time' };
  if (facts.path === 'copied') return { facts, args: readArgs(paced) };
  const encode = {
    ...(facts.width !== null && facts.height !== null && { width: facts.width, height: facts.height }),
    fps: facts.fps ?? FALLBACK_FPS,
  };
  return { facts, args: readAndEncodeArgs(paced, encode) };
}
