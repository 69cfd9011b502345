/**
 * A short look at a file or HTTP stream before it is played: its first pictures in a NUT stream, and what FFmpeg says
 * of it on stderr. Not for cameras, which are opened once only.
 */
import type { NutPacket, NutStream } from '../container/nut-demuxer';
import { explain } from '../ffmpeg/failure';
import type { FfmpegProcess } from '../ffmpeg/process';
import { H264Copier } from './h264-copier';
import type { SourceContext } from './live-source';
import type { SourceFacts } from './source-facts';
import { startNutChild } from './nut-child';
import { probeArgs } from './source-arguments';
import type { StreamInput } from './source-arguments';
import type { StreamSpec } from './spec';
import { chooseVideoPath, isH264, measuredFps } from './video-path';

/** What is to be played and how. */
export interface ProbeResult {
  facts: SourceFacts;
  /** FFmpeg reads a multipart stream of JPEGs, which has no timestamps. */
  isMotionJpegCamera: boolean;
  /** As the file says; null where it does not. */
  durationMs: number | null;
}

export interface ProbeOptions {
  context: SourceContext;
  input: StreamInput;
  requested: NonNullable<StreamSpec['video']>;
  /** For people, the beginning of a sentence: "File /clip.mp4". */
  what: string;
  secrets: readonly string[];
  /** To end it early. */
  onStarted(process: FfmpegProcess): void;
}

/** What was read. */
export interface Look {
  stream: NutStream | undefined;
  packets: NutPacket[];
}

/** Rejects with SOURCE_* or FFMPEG_FAILED. */
export async function probeStream(options: ProbeOptions): Promise<ProbeResult> {
  const { context, input, what, secrets } = options;
  const look: Look = { stream: undefined, packets: [] };
  const process = startNutChild({
    ...{ context, secrets, stopGently: true, args: probeArgs(input) },
    onStream: (stream) => (look.stream = stream),
    onPacket: (packet) => look.packets.push(packet),
  });
  options.onStarted(process);
  const exit = await process.exited;
  if (look.packets.length === 0) {
    const error = explain(exit, what, secrets);
    // What cannot be put into NUT as it is may still be decoded; playing it will tell.
    if (error.code !== 'FFMPEG_FAILED' || exit.signal !== null || exit.code === 0) throw error;
  }
  return {
    facts: factsOf(look, { requested: options.requested, rotation: rotationDegrees(exit.stderrTail) }),
    isMotionJpegCamera: /^Input #0, mpjpeg/m.test(exit.stderrTail),
    durationMs: durationMs(exit.stderrTail),
  };
}

/** FFmpeg 4 to 8: "  Duration: 00:01:02.50, start: 0.000000"; "N/A" where it is unknown. */
export function durationMs(stderr: string): number | null {
  const [, hours, minutes, seconds] = /^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/m.exec(stderr) ?? [];
  const ms = Math.round((Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000);
  return ms > 0 ? ms : null;
}

/** FFmpeg 4 to 8: "displaymatrix: rotation of -90.00 degrees". */
export function rotationDegrees(stderr: string): number {
  const found = /display ?matrix: rotation of (-?[\d.]+) degrees/i.exec(stderr)?.[1];
  return found === undefined ? 0 : Number(found);
}

/** How a stream that was looked at would be played. */
export function factsOf(
  { stream, packets }: Look,
  asked: { requested: 'auto' | 'encode'; rotation: number },
): SourceFacts {
  const copier = stream && isH264(stream.codecTag) ? new H264Copier(stream) : undefined;
  for (const packet of packets) copier?.push(packet);
  const pts90k = packets.map((packet) => packet.pts90k);
  const path = chooseVideoPath({
    ...{ requested: asked.requested, rotated: asked.rotation !== 0, codecTag: stream?.codecTag ?? '' },
    ...{ sps: copier?.sps, pts90k, complete: true },
  });
  const size = uprightSize(copier?.sps ?? stream, asked.rotation);
  const fps = measuredFps(pts90k);
  if (path.kind !== 'encoded') return { path: 'copied', reason: null, codec: 'h264', ...size, fps };
  return { path: 'encoded', reason: path.reason, codec: 'vp8', ...size, fps };
}

function uprightSize(
  coded: { width: number; height: number } | undefined,
  rotation: number,
): { width: number | null; height: number | null } {
  if (coded === undefined || coded.width === 0 || coded.height === 0) return { width: null, height: null };
  const lies = Math.abs(rotation) % 180 === 90;
  return lies ? { width: coded.height, height: coded.width } : { width: coded.width, height: coded.height };
}
