/** The webcams of this machine for people to choose from, with what each can deliver and why one cannot be used. */
import { SessionError } from '../errors';
import type { SessionErrorData } from '../errors';
import { locateFfmpeg } from '../ffmpeg/locate';
import { listedDevices, modesOf } from './find-webcam';
import type { WebcamContext } from './find-webcam';
import type { ListedDevice } from './webcam-listing';
import { webcamSizes } from './webcam-mode';
import type { WebcamMode } from './webcam-mode';

/** One camera. */
export interface Webcam {
  /** For `WebcamSpec.device`. */
  device: string;
  /** For people. */
  name: string;
  /** "1280x720", or "32x32 to 2592x1944", the largest first; empty where it is not known. */
  sizes: string[];
  /** It encodes to H.264 itself, so that its video can be passed on as it is. */
  h264: boolean;
  /** Why it cannot be used now. */
  problem: Pick<SessionErrorData, 'code' | 'message'> | null;
}

/** Rejects with FFMPEG_NOT_FOUND, FFMPEG_FAILED or INVALID_OPTION (a system without webcams); no camera is no error. */
export async function listWebcams(options: { ffmpegPath?: string } = {}): Promise<Webcam[]> {
  const ffmpeg = await locateFfmpeg({ settingPath: options.ffmpegPath });
  return webcamsOf({ ffmpeg, platform: process.platform });
}

/** The same with an FFmpeg at hand. */
export async function webcamsOf(context: WebcamContext): Promise<Webcam[]> {
  const listed = await listedDevices(context);
  const webcams: Webcam[] = [];
  // One after the other: cameras on one USB bus hinder each other.
  for (const device of listed) {
    const webcam = await describe(device, { listed, context });
    if (webcam !== undefined) webcams.push(webcam);
  }
  return webcams;
}

async function describe(
  listed: ListedDevice,
  among: { listed: readonly ListedDevice[]; context: WebcamContext },
): Promise<Webcam | undefined> {
  const { context } = among;
  const known = { device: chosenBy(listed, among), name: listed.name };
  try {
    const modes = await modesOf(listed, context);
    // On Linux every camera has nodes beside it that deliver no pictures.
    if (modes.length === 0 && context.platform === 'linux') return undefined;
    return { ...known, sizes: webcamSizes(modes), h264: modes.some(isH264), problem: null };
  } catch (thrown) {
    const { code, message } = SessionError.from(thrown);
    if (code === 'SOURCE_UNSUPPORTED') return undefined;
    return { ...known, sizes: [], h264: false, problem: { code, message } };
  }
}

/** A Mac numbers its cameras anew whenever one is plugged in, and Windows' own names are no reading: names, if they tell. */
function chosenBy(
  { device, name }: ListedDevice,
  { listed, context }: { listed: readonly ListedDevice[]; context: WebcamContext },
): string {
  const isUnique = listed.filter((other) => other.name === name).length === 1;
  return context.platform !== 'linux' && isUnique ? name : device;
}

function isH264({ codec }: WebcamMode): boolean {
  return codec === 'h264';
}
