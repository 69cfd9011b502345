/** Command lines that encode. Pure: options in, argument arrays out. */
import { exactTimestampArgs, globalArgs, ivfInputArgs, jpegArgs, nutOutputArgs, videoStreamArgs } from './arguments';
import type { FfmpegVersion, JpegOptions } from './arguments';

/** What the encoder has to know; size and rate decide the bit rate where none is given. */
export interface Vp8EncodeOptions {
  width?: number | undefined;
  height?: number | undefined;
  fps: number;
  bitrateBps?: number | undefined;
}

/** aiortc never decodes a frame of 128 packets (field-notes 4.1); 110 of 1,150 bytes leave room for overshoot. */
const MAX_FRAME_BITS = 110 * 1150 * 8;
/** libvpx misses the size asked for by up to twice on noise [measured]. */
const KEYFRAME_TARGET_BITS = 0.4 * MAX_FRAME_BITS;
/** Bits for each pixel and frame: clean pictures of street scenes at speed 16. */
const BITS_PER_PIXEL = 0.1;
const MIN_BITRATE_BPS = 300_000;
/** More brings nothing at 1080p with this encoder, and keyframes come near the limit. */
const MAX_BITRATE_BPS = 4_000_000;
const UNKNOWN_SIZE_BITRATE_BPS = 2_000_000;
/** A late viewer waits for at most so long; FFmpeg cannot make a keyframe when asked. */
const KEYFRAME_INTERVAL_S = 2;

/**
 * A block of 16x16 whose squared differences add up to less is left as it was: 1.4 levels a pixel, below what a camera's
 * noise makes of it. Of a still scene that saves a third to two thirds of the encoder's time, and nearly all that is sent,
 * while the SSIM of street scenes stays within 0.0004 [measured]; what moves is coded as before.
 */
const STILL_BLOCK = 500;

/** The bit rate for a picture size when nobody chose one. */
export function vp8BitrateBps({ width, height, fps }: Omit<Vp8EncodeOptions, 'bitrateBps'>): number {
  if (width === undefined || height === undefined) return UNKNOWN_SIZE_BITRATE_BPS;
  const wanted = Math.round(width * height * fps * BITS_PER_PIXEL);
  return Math.min(MAX_BITRATE_BPS, Math.max(MIN_BITRATE_BPS, wanted));
}

/**
 * libvpx at its cheapest (12 % of a core for 720p30 where speed 8 takes 45 %), no frame held back, constant bit rate
 * so that no frame grows out of the packet limit. Error resilience stays off: its segment map would not survive the
 * hidden frames of the sender (field-notes 7).
 */
export function vp8EncodeArgs(options: Vp8EncodeOptions): string[] {
  const bitrate = options.bitrateBps ?? vp8BitrateBps(options);
  const keyframePercent = Math.round((100 * KEYFRAME_TARGET_BITS * options.fps) / bitrate);
  const rate = String(bitrate);
  return [
    ...['-c:v', 'libvpx', '-pix_fmt', 'yuv420p', '-deadline', 'realtime', '-cpu-used', '16', '-threads', '1'],
    ...['-auto-alt-ref', '0', '-lag-in-frames', '0', '-error-resilient', '0', '-static-thresh', String(STILL_BLOCK)],
    ...['-g', String(Math.max(1, Math.round(KEYFRAME_INTERVAL_S * options.fps)))],
    // A full buffer at the start is what the first keyframe may spend.
    ...['-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate, '-rc_init_occupancy', rate],
    ...['-max-intra-rate', String(Math.min(900, Math.max(100, keyframePercent)))],
  ];
}

/** A JPEG for each picture, one thread. */
export function mjpegEncodeArgs(options: JpegOptions = {}): string[] {
  return [...jpegArgs(options), '-threads', '1'];
}

/**
 * Raw pictures on stdin (IVF, `I420`, `clockHz` ticks) to NUT on output 0. A time that leaves the remainder 1 when
 * divided by `stepsPerTick` makes its picture a keyframe: the one thing FFmpeg can be told picture by picture.
 */
export function pictureEncodeArgs(options: {
  ffmpeg: FfmpegVersion;
  codecArgs: readonly string[];
  clockHz: number;
  stepsPerTick: number;
  inputArgs?: readonly string[];
}): string[] {
  const { ffmpeg, codecArgs, clockHz, stepsPerTick, inputArgs = [] } = options;
  return [
    ...globalArgs(),
    ...inputArgs,
    ...ivfInputArgs(),
    ...videoStreamArgs(codecArgs),
    ...['-force_key_frames', `expr:eq(mod(round(t*${clockHz}),${stepsPerTick}),1)`],
    ...exactTimestampArgs(ffmpeg, clockHz),
    ...nutOutputArgs(0),
  ];
}

/** Which decoder reads the pictures of a format; raw ones carry their layout in the tag of the IVF header. */
const PICTURE_DECODERS = {
  ...{ jpeg: 'mjpeg', png: 'png' },
  ...{ bgr24: 'rawvideo', rgb24: 'rawvideo', rgba: 'rawvideo', gray8: 'rawvideo' },
};

/** Pictures on stdin (IVF, `clockHz` ticks) to VP8 as NUT on output 0, keyframes as in `pictureEncodeArgs`. */
export function frameEncodeArgs(options: {
  ffmpeg: FfmpegVersion;
  format: keyof typeof PICTURE_DECODERS;
  encode: Vp8EncodeOptions;
  clockHz: number;
  stepsPerTick: number;
}): string[] {
  const { format, encode, ...rest } = options;
  const inputArgs = [
    // The size is fixed: a picture whose file says "turned" would come out with its sides swapped.
    ...['-c:v', PICTURE_DECODERS[format], '-noautorotate'],
    // A parser would look for the end of a damaged picture in the next ones, and swallow them.
    ...['-fflags', '+noparse+nofillin'],
  ];
  return pictureEncodeArgs({ ...rest, inputArgs, codecArgs: vp8EncodeArgs(encode) });
}
