/**
 * The command line that decodes: one stream in, pictures of several shapes out. Each picture is made only where its
 * timestamp says so; decoding goes on without. Pure: options in, argument array out.
 */
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { PictureFit, PictureFormat, PictureShape } from '../media/video';
import { exactTimestampArgs, globalArgs, ivfInputArgs, jpegCodecArgs, jpegFilters } from './arguments';
import { nutOutputArgs, videoStreamArgs } from './arguments';
import type { FfmpegVersion, JpegOptions } from './arguments';

/** What is decoded into what. */
export interface DecodeOptions {
  ffmpeg: FfmpegVersion;
  shapes: readonly PictureShape[];
  /** The pictures are yuv420p with luma from 16 to 235, as VP8 always is. */
  limitedRange?: boolean;
  /**
   * Which pictures are made is told by timestamps: those that come in have `selectionSteps` steps a tick, and the
   * remainder has bit k set where shape k is wanted. One more output then gives a sign of life for each picture of
   * which nothing is wanted.
   */
  selective?: boolean;
}

/** Steps of a 90 kHz tick: the bits of all shapes stay below half a tick, so that timestamps round down. */
export function selectionSteps(shapes: number): number {
  return 2 ** (shapes + 1);
}

/** IVF (VP8, H.264 or MJPEG) on stdin to one NUT stream a shape on outputs 0, 1, 2…: nothing buffered, one thread. */
export function decodeArgs(options: DecodeOptions): string[] {
  const { ffmpeg, shapes, selective = false } = options;
  const outputs = shapes.map((shape, index) => {
    const { filters, codecArgs } = pictureArgs(shape, options);
    return { filters: selective ? [selected(index, shapes.length), ...filters] : filters, codecArgs };
  });
  if (selective) outputs.push({ filters: [notSelected(shapes.length), 'crop=2:2:0:0'], codecArgs: rawArgs('gray') });
  const outputArgs = outputs.flatMap(({ filters, codecArgs }, index) => [
    ...videoStreamArgs([...(filters.length === 0 ? [] : ['-vf', filters.join(',')]), ...codecArgs]),
    ...['-threads', '1', ...exactTimestampArgs(ffmpeg), ...nutOutputArgs(index)],
  ]);
  return [...globalArgs(), ...ivfInputArgs(), ...outputArgs];
}

interface PictureArgs {
  filters: string[];
  codecArgs: string[];
}

const RAW_FORMATS: Record<Exclude<PictureFormat, 'jpeg' | 'png'>, string> = {
  ...{ bgr24: 'bgr24', rgb24: 'rgb24', rgba: 'rgba', gray8: 'gray', yuv420p: 'yuv420p' },
};

function pictureArgs({ format, fit, jpegQuality }: PictureShape, { limitedRange }: DecodeOptions): PictureArgs {
  const fitted = fit === undefined ? [] : [fitFilter(fit)];
  if (format === 'jpeg') {
    const jpeg: JpegOptions = { quality: jpegQuality, limitedRange };
    return { filters: [...fitted, ...jpegFilters(jpeg)], codecArgs: jpegCodecArgs(jpeg) };
  }
  const codecArgs = format === 'png' ? ['-c:v', 'png', '-pix_fmt', 'rgb24'] : rawArgs(RAW_FORMATS[format]);
  return { filters: fitted, codecArgs };
}

function rawArgs(pixelFormat: string): string[] {
  return ['-c:v', 'rawvideo', '-pix_fmt', pixelFormat];
}

/** By expression: a stream may change its size, and what already fits passes untouched, odd sizes included. */
function fitFilter({ width, height }: PictureFit): string {
  const factor = String.raw`min(1\,min(${width}/iw\,${height}/ih))`;
  const side = (size: string): string =>
    String.raw`if(lt(${factor}\,1)\,max(2\,2*floor(${size}*${factor}/2+0.001))\,${size})`;
  return `scale=w=${side('iw')}:h=${side('ih')}`;
}

/** `t` and not `pts`: whatever time base a version of FFmpeg gives its filters. Doubles hold 2^53 steps. */
function remainder(shapes: number): string {
  const steps = selectionSteps(shapes);
  return String.raw`mod(round(t*${VIDEO_CLOCK_HZ * steps})\,${steps})`;
}

/** Arithmetic and not `bitand`, which cuts to 32 bits on some systems. */
function selected(index: number, shapes: number): string {
  return String.raw`select=gte(mod(floor(${remainder(shapes)}/${2 ** index})\,2)\,1)`;
}

function notSelected(shapes: number): string {
  return String.raw`select=lt(${remainder(shapes)}\,1)`;
}
