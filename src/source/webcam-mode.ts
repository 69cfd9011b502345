/** Which of the modes that a webcam offers is used. Pure: modes and wishes in, one mode or what is wrong out. */
import { SessionError } from '../errors';
import type { WebcamSpec } from './spec';

/** A way in which a camera can deliver. Discrete sizes have equal bounds. */
export interface WebcamMode {
  codec: 'h264' | 'mjpeg' | 'raw';
  /** How FFmpeg calls it: `h264`, `mjpeg`, `yuyv422`; null where it is not to be named. */
  format: string | null;
  width: { min: number; max: number };
  height: { min: number; max: number };
  /** Highest rate; null where the listing does not tell. */
  maxFps: number | null;
}

/** What is asked of the camera. Null: it is left to it. */
export interface ChosenMode {
  codec: WebcamMode['codec'] | null;
  format: string | null;
  size: { width: number; height: number } | null;
  fps: number | null;
  /** Of this mode. */
  maxFps: number | null;
}

/** Without a wish. Detectors work at 640 to 1280 pixels; more costs and brings nothing. */
const USUAL = { width: 1280, height: 720 };
/** Up to here USB 2 carries raw pictures at 30 a second; above, cameras drop to 10 or 5. */
const RAW_PIXELS = 640 * 480;
const USUAL_FPS = 24;
const COMMON_FPS = 30;

/** Throws INVALID_OPTION when the camera does not offer the size. `modes` may be empty: nothing is known then. */
export function chooseWebcamMode(modes: readonly WebcamMode[], wish: Omit<WebcamSpec, 'kind'>): ChosenMode {
  const { width, height, fps } = wish;
  const asked = width !== undefined && height !== undefined ? { width, height } : null;
  if (modes.length === 0) return { codec: null, format: null, size: asked, fps: fps ?? null, maxFps: null };
  const usable = modes.filter(({ codec }) => codec !== 'h264' || wish.video !== 'encode');
  const size = asked ?? usualSize(usable);
  const fitting = usable.filter((mode) => size !== null && fits(mode, size));
  const [best] = fitting.sort(betterFirst(fps, size ?? USUAL));
  if (best === undefined) throw notOffered(size, modes);
  return { codec: best.codec, format: best.format, size, fps: rate(best, fps), maxFps: best.maxFps };
}

function notOffered(size: ChosenMode['size'], modes: readonly WebcamMode[]): SessionError {
  const what = size === null ? 'only H.264, which is not to be passed through' : `no ${size.width}x${size.height}`;
  const remedy = size === null ? 'let it be passed through' : `leave the size empty or use one of ${sizeList(modes)}`;
  return new SessionError('INVALID_OPTION', `The webcam delivers ${what}: ${remedy}.`, { details: { field: 'width' } });
}

/** Sizes for people, the largest first; ranges as "32x32 to 2592x1944". */
export function webcamSizes(modes: readonly WebcamMode[]): string[] {
  const sorted = [...modes].sort((a, b) => b.width.max * b.height.max - a.width.max * a.height.max);
  return [...new Set(sorted.map(sizeText))];
}

function sizeList(modes: readonly WebcamMode[]): string {
  return webcamSizes(modes).slice(0, 12).join(', ');
}

function sizeText({ width, height }: WebcamMode): string {
  const largest = `${width.max}x${height.max}`;
  return width.min === width.max && height.min === height.max ? largest : `${width.min}x${height.min} to ${largest}`;
}

function fits({ width, height }: WebcamMode, size: { width: number; height: number }): boolean {
  const within = (value: number, { min, max }: WebcamMode['width']): boolean => value >= min && value <= max;
  return within(size.width, width) && within(size.height, height);
}

/** 1280x720, else the largest below it, else the smallest there is. */
function usualSize(modes: readonly WebcamMode[]): { width: number; height: number } | null {
  if (modes.some((mode) => fits(mode, USUAL))) return USUAL;
  const sizes = modes
    .map(({ width, height }) => ({ width: width.max, height: height.max }))
    .sort((a, b) => b.width * b.height - a.width * a.height);
  const below = sizes.find(({ width, height }) => width * height <= USUAL.width * USUAL.height);
  return below ?? sizes.at(-1) ?? null;
}

/** A rate that is enough comes first, then what is cheap for this machine and for the cable. */
function betterFirst(
  fps: number | undefined,
  size: { width: number; height: number },
): (a: WebcamMode, b: WebcamMode) => number {
  const isLarge = size.width * size.height > RAW_PIXELS;
  const order: readonly WebcamMode['codec'][] = isLarge ? ['h264', 'mjpeg', 'raw'] : ['h264', 'raw', 'mjpeg'];
  const shortfall = ({ maxFps }: WebcamMode): number =>
    maxFps === null ? 0 : Math.max(0, (fps ?? USUAL_FPS) - Math.ceil(maxFps));
  const distance = ({ maxFps }: WebcamMode): number => Math.abs((maxFps ?? 0) - (fps ?? COMMON_FPS));
  return (a, b) =>
    shortfall(a) - shortfall(b) || order.indexOf(a.codec) - order.indexOf(b.codec) || distance(a) - distance(b);
}

/** Never above what the listing says: FFmpeg would refuse. */
function rate({ maxFps }: WebcamMode, fps: number | undefined): number | null {
  if (fps === undefined) return null;
  return maxFps === null ? fps : Math.min(fps, maxFps);
}
