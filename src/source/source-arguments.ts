/** The command lines of this folder, put together from the parts in `ffmpeg/`. Pure. */
import { exactTimestampArgs, globalArgs, nutOutputArgs, videoStreamArgs } from '../ffmpeg/arguments';
import type { FfmpegVersion } from '../ffmpeg/arguments';
import { vp8EncodeArgs } from '../ffmpeg/encode-arguments';
import type { Vp8EncodeOptions } from '../ffmpeg/encode-arguments';
import { copyVideoArgs, liveInputArgs } from '../ffmpeg/source-arguments';
import type { LiveInputOptions } from '../ffmpeg/source-arguments';
import { outputFd } from '../ffmpeg/process';

/** Enough for any H.264 stream to show its order, and for the frame rate. */
const PROBE_PICTURES = 6;

/** What to open and how its time runs. */
export interface StreamInput extends LiveInputOptions {
  /** `clock`: pictures are stamped with the time they come in, for streams without timestamps of their own. */
  pace?: 'as-it-comes' | 'real-time' | 'clock';
}

/** The stream as it is, as long as it lasts. */
export function readArgs(input: StreamInput): string[] {
  return [...readerArgs(input), ...inputArgs(input), ...copyVideoArgs(), ...nutArgs()];
}

/** The first pictures as they are, and on stderr what FFmpeg found. */
export function probeArgs(input: StreamInput): string[] {
  return [
    ...globalArgs({ readsQuit: true }),
    ...['-loglevel', 'info'],
    ...liveInputArgs({ ...input, loop: false, unpaced: true }),
    ...copyVideoArgs(),
    // The stream's own lines have to be among the last ones.
    ...['-map_metadata', '-1', '-map_chapters', '-1', '-frames:v', String(PROBE_PICTURES)],
    ...nutArgs(),
  ];
}

/** The first pictures as they are (unless `copies` is false), and one as a JPEG on output 1. */
export function lookArgs(inputPart: readonly string[], copies = true): string[] {
  const quiet = ['-map_metadata', '-1', '-map_chapters', '-1'];
  const copied = [...copyVideoArgs(), ...quiet, '-frames:v', String(PROBE_PICTURES), ...nutArgs()];
  const shrunk = ['-vf', "scale='min(640,iw)':-2", '-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p'];
  return [
    ...globalArgs({ readsQuit: true }),
    ...['-loglevel', 'info', ...inputPart],
    ...(copies ? copied : []),
    ...[...videoStreamArgs(shrunk), ...quiet, '-frames:v', '1', '-threads', '1', '-f', 'mjpeg', `pipe:${outputFd(1)}`],
  ];
}

/** Read, turned upright and encoded to VP8 in one go. */
export function readAndEncodeArgs(input: StreamInput, encode: Vp8EncodeOptions): string[] {
  return [...readerArgs(input), ...['-threads', '1'], ...inputArgs(input), ...vp8OutputArgs(input.ffmpeg, [], encode)];
}

/** The camera's own H.264 as it is; FFmpeg tells on stderr what it has opened. */
export function readDeviceArgs(deviceArgs: readonly string[]): string[] {
  return [...globalArgs({ readsQuit: true }), '-loglevel', 'info', ...deviceArgs, ...copyVideoArgs(), ...nutArgs()];
}

/** A camera of this machine to VP8; FFmpeg tells on stderr what it has opened. */
export function encodeDeviceArgs(
  ffmpeg: FfmpegVersion,
  options: { deviceArgs: readonly string[]; encode: Vp8EncodeOptions },
): string[] {
  return [
    ...globalArgs({ readsQuit: true }),
    ...['-loglevel', 'info', '-threads', '1'],
    ...options.deviceArgs,
    ...vp8OutputArgs(ffmpeg, [], options.encode),
  ];
}

/** NUT on stdin to VP8: the pictures after `afterPts90k` (null: all), with exactly their own timestamps. */
export function encodeNutArgs(
  ffmpeg: FfmpegVersion,
  options: { afterPts90k: number | null; encode: Vp8EncodeOptions },
): string[] {
  // Decoding is cheap, encoding is not: what was sent already is decoded only.
  const filter = options.afterPts90k === null ? [] : ['-vf', `select=gt(pts\\,${options.afterPts90k})`];
  return [
    ...globalArgs(),
    // Not `low_delay`: it breaks the order of B-frames. 32 is the least that `-probesize` takes.
    ...['-threads', '1', '-analyzeduration', '0', '-probesize', '32', '-copyts', '-f', 'nut', '-i', 'pipe:0'],
    ...vp8OutputArgs(ffmpeg, filter, options.encode),
  ];
}

/** A generated picture (lavfi), in real time, to VP8. */
export function encodeGraphArgs(
  ffmpeg: FfmpegVersion,
  options: { graph: string; frames: number | undefined; encode: Vp8EncodeOptions },
): string[] {
  const limit = options.frames === undefined ? [] : ['-frames:v', String(options.frames)];
  return [
    ...globalArgs({ readsQuit: true }),
    ...['-re', '-f', 'lavfi', '-i', options.graph],
    ...vp8OutputArgs(ffmpeg, limit, options.encode),
  ];
}

/** A playlist that is gone is only a warning to FFmpeg, which then ends as if the video were over. */
function readerArgs({ url }: StreamInput): string[] {
  return [...globalArgs({ readsQuit: true }), ...(isPlaylist(url) ? ['-loglevel', 'warning'] : [])];
}

/** HLS. */
function isPlaylist(url: string): boolean {
  return /^https?:[^?#]*\.m3u8(?:[?#]|$)/i.test(url);
}

function inputArgs({ pace = 'as-it-comes', ...input }: StreamInput): string[] {
  const isFile = !/^(https?|rtmps?|rtsps?|srt):/i.test(input.url);
  // Files are paced by `liveInputArgs`.
  const pacing = pace === 'real-time' && !isFile ? ['-re'] : [];
  // FFmpeg would watch a camera for three seconds to learn its frame rate, and deliver them late.
  const haste = pace === 'as-it-comes' ? ['-fpsprobesize', '0'] : [];
  const stamping = pace === 'clock' ? ['-use_wallclock_as_timestamps', '1'] : [];
  return [...pacing, ...haste, ...stamping, ...liveInputArgs(input)];
}

function vp8OutputArgs(ffmpeg: FfmpegVersion, outputArgs: readonly string[], encode: Vp8EncodeOptions): string[] {
  return [...videoStreamArgs([...outputArgs, ...vp8EncodeArgs(encode)]), ...exactTimestampArgs(ffmpeg), ...nutArgs()];
}

/** Without an index, which FFmpeg would collect in memory for as long as it runs. */
function nutArgs(): string[] {
  return ['-write_index', '0', ...nutOutputArgs(0)];
}
