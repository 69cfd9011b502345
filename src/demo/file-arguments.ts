/** FFmpeg command lines for an uploaded file. Pure. The file comes from a stranger: local demuxers only, no references. */
import { exactTimestampArgs, globalArgs, nutOutputArgs, videoStreamArgs } from '../ffmpeg/arguments';
import type { FfmpegVersion } from '../ffmpeg/arguments';

/** Containers that hold their own data; playlists and the like could name other files of this machine. */
const CONTAINERS = [
  ...['mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'matroska', 'webm', 'avi', 'mpegts', 'mpeg', 'flv', 'ogg', 'asf'],
  ...['ivf', 'nut', 'h264', 'hevc', 'm4v', 'mpegvideo', 'gif'],
].join(',');

function inputArgs(path: string): string[] {
  return ['-format_whitelist', CONTAINERS, '-protocol_whitelist', 'file', '-i', `file:${path}`];
}

/** Prints what the file holds on stderr and ends with an error, since nothing is written. */
export function probeFileArgs(path: string): string[] {
  return ['-hide_banner', '-nostdin', ...inputArgs(path)];
}

/** All pictures of the file, upright, as raw yuv420p with their timestamps; `realtime` = at the file's own pace. */
export function decodeFileArgs(options: { ffmpeg: FfmpegVersion; path: string; realtime: boolean }): string[] {
  return [
    ...globalArgs(),
    ...(options.realtime ? ['-re'] : []),
    ...inputArgs(options.path),
    ...videoStreamArgs(['-c:v', 'rawvideo', '-pix_fmt', 'yuv420p']),
    ...exactTimestampArgs(options.ffmpeg),
    ...nutOutputArgs(0),
  ];
}
