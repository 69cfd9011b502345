/**
 * A look at a camera or stream for somebody who is setting it up: one FFmpeg opens it once, reads a few pictures and
 * ends. What it delivers, whether that would be passed on, and a small picture come out; never a secret.
 */
import { NutDemuxer } from '../container/nut-demuxer';
import { SessionError } from '../errors';
import { explain } from '../ffmpeg/failure';
import { locateFfmpeg } from '../ffmpeg/locate';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { FfmpegProcess } from '../ffmpeg/process';
import type { FfmpegExit } from '../ffmpeg/process';
import { liveInputArgs } from '../ffmpeg/source-arguments';
import { findWebcam, webcamName } from './find-webcam';
import { lookArgs } from './source-arguments';
import { checkSourceFile } from './source-file';
import type { SourceFacts } from './source-facts';
import type { StreamSpec, WebcamSpec } from './spec';
import { parseStreamAddress } from './stream-address';
import { factsOf, rotationDegrees } from './stream-probe';
import type { Look } from './stream-probe';
import { codecName } from './video-path';
import { webcamFailure } from './webcam-failure';
import { parseStreamRate, parseStreamSize } from './webcam-listing';
import { chooseWebcamMode } from './webcam-mode';
import { REASONS } from './webcam-source';
import { webcamSystem } from './webcam-system';

/** What was found; sizes and rates are null where the source does not tell them. */
export interface SourceProbe extends Pick<SourceFacts, 'path' | 'reason' | 'width' | 'height' | 'fps'> {
  /** What the source itself delivers: `H.264`, `H.265`, `Motion JPEG`… */
  codec: string;
  /** JPEG, at most 640 pixels wide; null when nothing could be decoded. The receiver owns it. */
  picture: Buffer | null;
}

const TIMEOUT_MS = 20_000;
/** FFmpeg's own limit comes first: it knows the reason. */
const IO_TIMEOUT_MS = 8_000;
const MAX_PICTURE_BYTES = 1024 * 1024;

interface Attempt {
  ffmpeg: FfmpegProgram;
  platform: NodeJS.Platform;
  timeoutMs: number;
}

/** Rejects with SOURCE_*, WEBCAM_*, INVALID_OPTION or FFMPEG_*, within `timeoutMs` (default 20 s) and a few seconds. */
export async function probeSource(
  spec: StreamSpec | WebcamSpec,
  options: { ffmpegPath?: string; timeoutMs?: number } = {},
): Promise<SourceProbe> {
  const ffmpeg = await locateFfmpeg({ settingPath: options.ffmpegPath });
  const attempt = { ffmpeg, platform: process.platform, timeoutMs: options.timeoutMs ?? TIMEOUT_MS };
  return spec.kind === 'webcam' ? probeWebcam(spec, attempt) : probeAddress(spec, attempt);
}

async function probeAddress(spec: StreamSpec, attempt: Attempt): Promise<SourceProbe> {
  const address = parseStreamAddress(spec);
  if (address.kind === 'file') await checkSourceFile(address.path);
  const { username, password } = spec;
  const url = address.kind === 'file' ? address.path : address.url;
  const input = { ffmpeg: attempt.ffmpeg, url, username, password, unpaced: true, ioTimeoutMs: IO_TIMEOUT_MS };
  const what = `${address.kind === 'file' ? 'File' : 'Camera'} ${address.label}`;
  const { secrets } = address;
  const seen = await look(lookArgs(liveInputArgs(input)), { attempt, what, secrets });
  if (seen.picture === null && seen.packets.length === 0) throw explain(seen.exit, what, secrets);
  const rotation = rotationDegrees(seen.exit.stderrTail);
  const { path, reason, width, height, fps } = factsOf(seen, { requested: spec.video ?? 'auto', rotation });
  return { codec: codecName(seen.stream?.codecTag ?? ''), path, reason, width, height, fps, picture: seen.picture };
}

async function probeWebcam(spec: WebcamSpec, attempt: Attempt): Promise<SourceProbe> {
  const webcam = await findWebcam(spec.device, attempt);
  const mode = chooseWebcamMode(webcam.modes, spec);
  const what = webcamName(webcam);
  const isH264 = mode.codec === 'h264';
  const args = lookArgs(webcamSystem(attempt.platform).inputArgs(webcam.device, mode), isH264);
  const seen = await look(args, { attempt, what, secrets: [] });
  if (seen.picture === null) throw webcamFailure(seen.exit, what);
  const log = seen.exit.stderrTail;
  const size = parseStreamSize(log) ?? mode.size ?? { width: null, height: null };
  const shape = { ...size, fps: parseStreamRate(log) ?? mode.fps, picture: seen.picture };
  if (!isH264) {
    const codec = mode.codec === 'mjpeg' ? 'Motion JPEG' : 'raw pictures';
    return { ...shape, codec, path: 'encoded', reason: REASONS[mode.codec ?? 'raw'] };
  }
  const { path, reason } = factsOf(seen, { requested: 'auto', rotation: 0 });
  return { ...shape, codec: 'H.264', path, reason };
}

interface Seen extends Look {
  picture: Buffer | null;
  exit: FfmpegExit;
}

/** One child, which is always ended. */
async function look(
  args: readonly string[],
  { attempt, what, secrets }: { attempt: Attempt; what: string; secrets: readonly string[] },
): Promise<Seen> {
  const found: Look = { stream: undefined, packets: [] };
  const pieces: Buffer[] = [];
  const demuxer = new NutDemuxer({
    onStream: (stream) => (found.stream = stream),
    onPacket: (packet) => found.packets.push(packet),
  });
  let bytes = 0;
  const child = new FfmpegProcess(attempt.ffmpeg, {
    ...{ args, input: 'none', outputs: 2, secrets, stopGently: true },
    onOutput(index, chunk) {
      if (index === 0) demuxer.push(chunk);
      else if ((bytes += chunk.length) <= MAX_PICTURE_BYTES) pieces.push(Buffer.from(chunk));
    },
  });
  const deadline = { passed: false };
  const timer = setTimeout(() => {
    deadline.passed = true;
    void child.close();
  }, attempt.timeoutMs);
  const exit = await child.exited;
  clearTimeout(timer);
  const picture = bytes > 0 && bytes <= MAX_PICTURE_BYTES ? Buffer.concat(pieces) : null;
  if (deadline.passed && picture === null) {
    const message = `${what} did not deliver a picture within ${attempt.timeoutMs / 1000} s: check address and camera.`;
    throw new SessionError('SOURCE_UNREACHABLE', message, { retry: true });
  }
  return { ...found, picture, exit };
}
