/** How the cameras of each operating system are listed and opened with FFmpeg: command lines and how to read them. Pure. */
import { SessionError } from '../errors';
import { globalArgs } from '../ffmpeg/arguments';
import type { ChosenMode, WebcamMode } from './webcam-mode';
import {
  parseAvfoundationDevices,
  parseAvfoundationModes,
  parseDshowDevices,
  parseDshowOptions,
  parseV4l2Formats,
  parseV4l2Sources,
} from './webcam-listing';
import type { ListedDevice } from './webcam-listing';

/** What differs between the systems. */
export interface WebcamSystem {
  devicesArgs: readonly string[];
  parseDevices(output: { stdout: string; stderr: string }): ListedDevice[];
  modesArgs(device: string): string[];
  parseModes(stderr: string): WebcamMode[];
  /** Everything up to and including `-i`. */
  inputArgs(device: string, mode: ChosenMode): string[];
}

/** Listings are printed as information. */
const LISTING = [...globalArgs(), '-loglevel', 'info'];

const v4l2: WebcamSystem = {
  devicesArgs: ['-hide_banner', '-sources', 'v4l2'],
  parseDevices: ({ stdout }) => parseV4l2Sources(stdout),
  modesArgs: (device) => [...LISTING, '-f', 'v4l2', '-list_formats', 'all', '-i', device],
  parseModes: parseV4l2Formats,
  inputArgs: (device, { format, size, fps }) => [
    // FFmpeg would watch the camera for a while to learn its rate, which the driver has told.
    ...['-fpsprobesize', '0', '-f', 'v4l2'],
    ...option('-input_format', format),
    ...option('-video_size', sizeText(size)),
    ...option('-framerate', fps),
    ...['-i', device],
  ],
};

const avfoundation: WebcamSystem = {
  devicesArgs: [...LISTING, '-f', 'avfoundation', '-list_devices', 'true', '-i', ''],
  parseDevices: ({ stderr }) => parseAvfoundationDevices(stderr),
  // There is no listing of modes: a size that no camera has makes it name them all.
  modesArgs: (device) => [...LISTING, '-f', 'avfoundation', '-video_size', '1x1', '-i', `${device}:none`],
  parseModes: parseAvfoundationModes,
  inputArgs: (device, { size, fps, maxFps }) => [
    ...['-f', 'avfoundation'],
    ...option('-video_size', sizeText(size)),
    // It takes exactly the rate of a mode; its default, 29.97, is refused by most cameras.
    ...option('-framerate', maxFps ?? fps ?? 30),
    ...['-i', `${device}:none`],
  ],
};

const dshow: WebcamSystem = {
  devicesArgs: [...LISTING, '-f', 'dshow', '-list_devices', 'true', '-i', 'dummy'],
  parseDevices: ({ stderr }) => parseDshowDevices(stderr),
  modesArgs: (device) => [...LISTING, '-f', 'dshow', '-list_options', 'true', '-i', `video=${device}`],
  parseModes: parseDshowOptions,
  inputArgs: (device, { codec, format, size, fps }) => [
    // Three megabytes are the default: less than two raw pictures of 720p.
    ...['-f', 'dshow', '-rtbufsize', '64M'],
    ...option(codec === 'raw' ? '-pixel_format' : '-vcodec', format),
    ...option('-video_size', sizeText(size)),
    ...option('-framerate', fps),
    ...['-i', `video=${device}`],
  ],
};

/** Throws INVALID_OPTION where FFmpeg knows no cameras. */
export function webcamSystem(platform: NodeJS.Platform): WebcamSystem {
  if (platform === 'linux') return v4l2;
  if (platform === 'darwin') return avfoundation;
  if (platform === 'win32') return dshow;
  throw new SessionError('INVALID_OPTION', `Webcams cannot be used on ${platform}: use Linux, macOS or Windows.`);
}

function option(name: string, value: string | number | null): string[] {
  return value === null ? [] : [name, String(value)];
}

function sizeText(size: ChosenMode['size']): string | null {
  return size === null ? null : `${size.width}x${size.height}`;
}
