/**
 * Parts of FFmpeg command lines that every use shares, and the line that decodes. Pure: options in, argument arrays
 * out. Encoders are in `encode-arguments.ts`, sources in `source-arguments.ts`.
 */
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { PictureFormat } from '../media/video';
import { outputFd } from './process';
import { ffmpegDialect } from './version';

/** What an FFmpeg command line depends on beside its purpose. */
export interface FfmpegVersion {
  version: string;
}

/**
 * First on every line: quiet except for errors, no statistics. `readsQuit`: `q` on stdin is heard (`stopGently`);
 * otherwise stdin is left alone.
 */
export function globalArgs(options: { readsQuit?: boolean } = {}): string[] {
  return ['-hide_banner', '-loglevel', 'error', '-nostats', ...(options.readsQuit === true ? [] : ['-nostdin'])];
}

/**
 * IVF on stdin, read without waiting: one thread (each further one holds a frame back), no analysis. Never
 * `-fflags nobuffer`: it throws the first keyframe away. `clockHz` ticks keep the exact timestamps that come in.
 */
export function ivfInputArgs(): string[] {
  return [
    ...['-threads', '1', '-flags', 'low_delay'],
    // 32 is the least FFmpeg takes: the IVF header, and no waiting for more than the first frame.
    ...['-analyzeduration', '0', '-probesize', '32'],
    ...['-copyts', '-f', 'ivf', '-i', 'pipe:0'],
  ];
}

/** The first video stream and nothing else, coded as `codecArgs` say, with its own timestamps. */
export function videoStreamArgs(codecArgs: readonly string[]): string[] {
  return ['-map', '0:v:0', '-an', '-sn', '-dn', ...codecArgs];
}

/** Every picture keeps its timestamp, in ticks of `clockHz` (default 90 kHz); no frame is doubled or left out. */
export function exactTimestampArgs({ version }: FfmpegVersion, clockHz = VIDEO_CLOCK_HZ): string[] {
  return [ffmpegDialect(version).frameRateMode, 'passthrough', '-enc_time_base', `1:${clockHz}`];
}

/** NUT on output `index` (see `outputFd`), each packet written at once. */
export function nutOutputArgs(index: number): string[] {
  return ['-flush_packets', '1', '-f', 'nut', `pipe:${outputFd(index)}`];
}

/** How each picture format is asked for. */
const PICTURE_ENCODERS: Record<PictureFormat, (jpegQuality: number) => string[]> = {
  jpeg: (jpegQuality) => jpegArgs(jpegQuality),
  png: () => ['-c:v', 'png', '-pix_fmt', 'rgb24'],
  bgr24: () => rawArgs('bgr24'),
  rgb24: () => rawArgs('rgb24'),
  rgba: () => rawArgs('rgba'),
  gray8: () => rawArgs('gray'),
  yuv420p: () => rawArgs('yuv420p'),
};

/** 4 of FFmpeg's 2 (best) to 31: no visible loss, about 50 KB at 1280x720. */
export const DEFAULT_JPEG_QUALITY = 4;

/**
 * IVF (VP8, H.264 or MJPEG) on stdin to one NUT stream for each format on outputs 0, 1, 2…, picture by picture:
 * one thread on both sides, nothing buffered, exact timestamps.
 */
export function decodeArgs(options: {
  ffmpeg: FfmpegVersion;
  formats: readonly PictureFormat[];
  /** 2 (best) to 31. */
  jpegQuality?: number | undefined;
}): string[] {
  const quality = options.jpegQuality ?? DEFAULT_JPEG_QUALITY;
  const outputs = options.formats.flatMap((format, index) => [
    ...videoStreamArgs(PICTURE_ENCODERS[format](quality)),
    ...['-threads', '1', ...exactTimestampArgs(options.ffmpeg), ...nutOutputArgs(index)],
  ]);
  return [...globalArgs(), ...ivfInputArgs(), ...outputs];
}

/** MJPEG as files and browsers expect it: full-range 4:2:0. Fixed Huffman tables: a second pass saves 5 % of bytes only. */
export function jpegArgs(quality: number): string[] {
  return ['-c:v', 'mjpeg', '-q:v', String(quality), '-pix_fmt', 'yuvj420p', '-huffman', 'default'];
}

function rawArgs(pixelFormat: string): string[] {
  return ['-c:v', 'rawvideo', '-pix_fmt', pixelFormat];
}
