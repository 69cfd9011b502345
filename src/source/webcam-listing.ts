/**
 * What FFmpeg prints when it is asked for cameras and their modes, on Linux (v4l2), macOS (avfoundation) and Windows
 * (dshow): its text in, records out. Pure. Lines that are not understood are left out.
 */
import type { WebcamMode } from './webcam-mode';

/** A camera as the system names it. */
export interface ListedDevice {
  /** What FFmpeg opens. */
  device: string;
  /** For people. */
  name: string;
}

/** `ffmpeg -sources v4l2`: "  /dev/video0 [HD Pro Webcam C920]", since FFmpeg 5 with " (none)" after it. */
export function parseV4l2Sources(stdout: string): ListedDevice[] {
  return lines(stdout).flatMap((line) => {
    const [, device, name] = /^[* ] (\/dev\/\S+) \[(.*)\](?: \([^)]*\))?$/.exec(line) ?? [];
    return device === undefined || name === undefined ? [] : [{ device, name }];
  });
}

/** `-f v4l2 -list_formats all`: "[…] Compressed:       mjpeg :          Motion-JPEG : 640x480 1280x720". */
export function parseV4l2Formats(stderr: string): WebcamMode[] {
  return lines(stderr).flatMap((line) => {
    const [, kind, format, sizes] = /\] (Raw|Compressed) *: *(\w+) :.*:(.*)$/.exec(line) ?? [];
    if (kind === undefined || format === undefined || format === 'Unsupported') return [];
    const codec = kind === 'Raw' ? 'raw' : compressedCodec(format);
    if (codec === undefined) return [];
    return v4l2Sizes(sizes ?? '').map((size) => ({ codec, format, ...size, maxFps: null }));
  });
}

/** `-f avfoundation -list_devices true`: "[…] [0] FaceTime HD Camera" below a headline; screens are no cameras. */
export function parseAvfoundationDevices(stderr: string): ListedDevice[] {
  const devices: ListedDevice[] = [];
  let isVideo = false;
  for (const line of lines(stderr)) {
    const headline = /AVFoundation (video|audio) devices/.exec(line)?.[1];
    if (headline !== undefined) isVideo = headline === 'video';
    const [, index, name] = /\] \[(\d+)\] (.+)$/.exec(line) ?? [];
    if (!isVideo || index === undefined || name === undefined || /^Capture screen \d+$/.test(name)) continue;
    devices.push({ device: index, name });
  }
  return devices;
}

/** What avfoundation answers to a size that no camera has: "[…]   1280x720@[1.000000 30.000000]fps". */
export function parseAvfoundationModes(stderr: string): WebcamMode[] {
  return lines(stderr).flatMap((line) => {
    const [, width, height, fps] = /\] +(\d+)x(\d+)@\[[\d.]+ ([\d.]+)\]fps/.exec(line) ?? [];
    if (fps === undefined) return [];
    return [{ codec: 'raw', format: null, ...discrete(Number(width), Number(height)), maxFps: Number(fps) }];
  });
}

/**
 * `-f dshow -list_devices true`. Since FFmpeg 5 "[…] "Integrated Camera" (video)", before under headlines; the line
 * after it gives the name that tells equal cameras apart. "(none)" is what virtual cameras say.
 */
export function parseDshowDevices(stderr: string): ListedDevice[] {
  const devices: ListedDevice[] = [];
  let isVideo = false;
  let last: ListedDevice | undefined;
  for (const line of lines(stderr)) {
    const headline = /DirectShow (video|audio) devices/.exec(line)?.[1];
    if (headline !== undefined) isVideo = headline === 'video';
    const alternative = /\] +Alternative name "(.+)"$/.exec(line)?.[1];
    if (alternative !== undefined) {
      if (last !== undefined) last.device = alternative;
      last = undefined;
      continue;
    }
    const [, name, media] = /\] +"(.+)"(?: \(([^)]*)\))?$/.exec(line) ?? [];
    if (name === undefined) continue;
    last = (media === undefined ? isVideo : /video|none/.test(media)) ? { device: name, name } : undefined;
    if (last !== undefined) devices.push(last);
  }
  return devices;
}

/** `-f dshow -list_options true`: "[…]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30". */
export function parseDshowOptions(stderr: string): WebcamMode[] {
  const pattern = /\] +(vcodec|pixel_format)=(\S+) +min s=(\d+)x(\d+) fps=[\d.e+-]+ max s=(\d+)x(\d+) fps=([\d.]+)/;
  return lines(stderr).flatMap((line) => {
    const [, kind, format, minWidth, minHeight, maxWidth, maxHeight, fps] = pattern.exec(line) ?? [];
    if (kind === undefined || format === undefined) return [];
    const codec = kind === 'pixel_format' ? 'raw' : compressedCodec(format);
    if (codec === undefined) return [];
    return [
      {
        ...{ codec, format, maxFps: Number(fps) },
        width: { min: Number(minWidth), max: Number(maxWidth) },
        height: { min: Number(minHeight), max: Number(maxHeight) },
      },
    ];
  });
}

/** What FFmpeg says of the camera it has opened: "Stream #0:0: Video: mjpeg, yuvj422p, 1280x720, 30 fps, 30 tbr". */
export function parseStreamRate(stderr: string): number | null {
  const fps = /Stream #0:0.*Video: .*?, ([\d.]+) fps/.exec(stderr)?.[1];
  return fps === undefined ? null : Number(fps);
}

/** The size in the same line. */
export function parseStreamSize(stderr: string): { width: number; height: number } | null {
  const [, width, height] = /Stream #0:0.*Video: .*?, (\d{2,5})x(\d{2,5})[ ,]/.exec(stderr) ?? [];
  return width === undefined || height === undefined ? null : { width: Number(width), height: Number(height) };
}

function lines(text: string): string[] {
  return text.split(/\r?\n/);
}

function compressedCodec(format: string): 'h264' | 'mjpeg' | undefined {
  return format === 'h264' || format === 'mjpeg' ? format : undefined;
}

/** "640x480 1280x720", or "{32-2592, 2}x{32-1944, 2}" on a Raspberry Pi. */
function v4l2Sizes(text: string): Pick<WebcamMode, 'width' | 'height'>[] {
  const [, minWidth, maxWidth, minHeight, maxHeight] = /\{(\d+)-(\d+), \d+\}x\{(\d+)-(\d+), \d+\}/.exec(text) ?? [];
  if (maxHeight !== undefined) {
    return [
      {
        width: { min: Number(minWidth), max: Number(maxWidth) },
        height: { min: Number(minHeight), max: Number(maxHeight) },
      },
    ];
  }
  return Array.from(text.matchAll(/(\d+)x(\d+)/g), ([, width, height]) => discrete(Number(width), Number(height)));
}

function discrete(width: number, height: number): Pick<WebcamMode, 'width' | 'height'> {
  return { width: { min: width, max: width }, height: { min: height, max: height } };
}
