/**
 * Parts of FFmpeg command lines that every use shares. Pure: options in, argument arrays out. Decoders are in
 * `decode-arguments.ts`, encoders in `encode-arguments.ts`, sources in `source-arguments.ts`.
 */
import { VIDEO_CLOCK_HZ } from '../media/video';
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
  // Without an index: FFmpeg keeps one in memory, 200 bytes a picture, for a trailer that never comes.
  return ['-flush_packets', '1', '-write_index', '0', '-f', 'nut', `pipe:${outputFd(index)}`];
}

/** How JPEGs are made. */
export interface JpegOptions {
  /** 2 (best) to 31. Default 4: no visible loss, about 90 KB at 1280x720. */
  quality?: number | undefined;
  /** The pictures are yuv420p with luma from 16 to 235, as VP8 always is. Allows a cheaper way to full range. */
  limitedRange?: boolean | undefined;
}

const DEFAULT_JPEG_QUALITY = 4;

/**
 * 16..235 and 16..240 to 0..255 by table: the same bytes as from FFmpeg's scaler, which would take a third of the whole
 * work for it [measured]; it rounds the one half there is down. `setparams` tells it that nothing is left to do.
 */
const FULL_RANGE_FILTER = [
  String.raw`lutyuv=y=clip(round((val-16)*255/219)\,0\,255)`,
  String.raw`u=clip(round((val-128)*255/224+127.999)\,0\,255)`,
  String.raw`v=clip(round((val-128)*255/224+127.999)\,0\,255),setparams=range=full`,
].join(':');

/** MJPEG as files and browsers expect it: full-range 4:2:0. Fixed Huffman tables: best ones cost a second pass. */
export function jpegArgs(options: JpegOptions): string[] {
  const filters = jpegFilters(options);
  return [...(filters.length === 0 ? [] : ['-vf', filters.join(',')]), ...jpegCodecArgs(options)];
}

/** What pictures go through before `jpegCodecArgs`. */
export function jpegFilters({ limitedRange = false }: JpegOptions): string[] {
  return limitedRange ? [FULL_RANGE_FILTER] : [];
}

/** The encoder alone. */
export function jpegCodecArgs({ quality = DEFAULT_JPEG_QUALITY }: JpegOptions): string[] {
  return ['-c:v', 'mjpeg', '-q:v', String(quality), '-pix_fmt', 'yuvj420p', '-huffman', 'default'];
}
