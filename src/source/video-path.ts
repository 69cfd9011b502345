/**
 * Whether a stream can go to the server as it is. Pure: what is known of the stream in, the answer with its reason
 * out. Copying costs next to nothing, encoding 720p30 about 12 % of a core (field-notes 1).
 */
import { VIDEO_CLOCK_HZ } from '../media/video';
import type { H264Sps } from '../rtp/h264-sps';

/** What is known so far. */
export interface StreamProbe {
  /** The user's wish. */
  requested: 'auto' | 'encode';
  /** The picture has to be turned, which copying cannot. */
  rotated: boolean;
  /** FFmpeg's tag in the NUT header. */
  codecTag: string;
  /** H.264 only; undefined while no parameter set was seen. */
  sps: H264Sps | undefined;
  /** Timestamps of the first access units in the order they came. */
  pts90k: readonly number[];
  /** Nothing more is to be waited for. */
  complete: boolean;
}

/** The way from source to server. */
export type VideoPath = { kind: 'undecided' } | { kind: 'copied' } | { kind: 'encoded'; reason: string };

/** Two tell the frame rate. */
const UNITS_TO_LOOK_AT = 2;
/** A reordered picture follows at once: I P B shows it, and I B B P does by its fourth. */
const UNITS_WHERE_ORDER_IS_UNTOLD = 4;

/** A pure decision; `undecided` means: come again with one more access unit. */
export function chooseVideoPath(probe: StreamProbe): VideoPath {
  if (probe.requested === 'encode') return { kind: 'encoded', reason: 'asked for' };
  if (probe.rotated) return { kind: 'encoded', reason: 'rotated' };
  const codec = codecName(probe.codecTag);
  if (codec !== 'H.264') return { kind: 'encoded', reason: `codec ${codec}` };
  if (probe.sps === undefined) {
    return probe.complete ? { kind: 'encoded', reason: 'no parameter sets' } : { kind: 'undecided' };
  }
  const obstacle = spsObstacle(probe.sps) ?? orderObstacle(probe.pts90k);
  if (obstacle !== undefined) return { kind: 'encoded', reason: obstacle };
  const enough = tellsOrder(probe.sps) ? UNITS_TO_LOOK_AT : UNITS_WHERE_ORDER_IS_UNTOLD;
  return probe.complete || probe.pts90k.length >= enough ? { kind: 'copied' } : { kind: 'undecided' };
}

const PROFILE = { baseline: 66, main: 77, high: 100 } as const;
/** These are 8 bits and 4:2:0 (High: or grey) by definition (H.264 annex A.2). */
const COPYABLE_PROFILES: readonly number[] = Object.values(PROFILE);

/** Why a stream with this parameter set cannot be copied; undefined if it can. */
export function spsObstacle(sps: H264Sps): string | undefined {
  if (!COPYABLE_PROFILES.includes(sps.profileIdc)) return `H.264 profile ${sps.profileIdc}`;
  if (!sps.frameMbsOnly) return 'interlaced';
  if (sps.profileIdc !== PROFILE.baseline && (sps.maxNumReorderFrames ?? 0) > 0) return 'B-frames';
  return undefined;
}

/** Baseline has no B-frames; other profiles may say that there are none. */
function tellsOrder(sps: H264Sps): boolean {
  return sps.profileIdc === PROFILE.baseline || sps.maxNumReorderFrames === 0;
}

/** Why timestamps in this order cannot be sent (field-notes 4.4); undefined if they can. */
function orderObstacle(pts90k: readonly number[]): string | undefined {
  const [first = 0] = pts90k;
  for (const [index, pts] of pts90k.entries()) {
    const previous = pts90k[index - 1];
    if (previous === undefined || pts > previous) continue;
    // A B-frame comes after the picture that follows it, but never before the keyframe it hangs on.
    return pts > first && pts < previous ? 'B-frames' : 'timestamps out of order';
  }
  return undefined;
}

/** FFmpeg puts the second picture of an RTSP stream one tick after the first. */
const SHORTEST_FRAME_TICKS = VIDEO_CLOCK_HZ / 1000;

/** Frames a second as the timestamps tell, to a tenth; null while they do not. The middle distance counts. */
export function measuredFps(pts90k: readonly number[]): number | null {
  const sorted = [...pts90k].sort((a, b) => a - b);
  const distances = sorted
    .slice(1)
    .map((pts, index) => pts - (sorted[index] ?? pts))
    .filter((distance) => distance >= SHORTEST_FRAME_TICKS)
    .sort((a, b) => a - b);
  const middle = distances[Math.floor(distances.length / 2)];
  if (middle === undefined) return null;
  return Math.round((10 * VIDEO_CLOCK_HZ) / middle) / 10;
}

/** FFmpeg's tags of one codec: MP4, AVI and RTP write different ones. */
const CODEC_TAGS: Readonly<Record<string, readonly string[]>> = {
  'H.264': ['h264', 'avc1', 'avc3', 'x264', 'davc', 'vssh'],
  'H.265': ['hevc', 'h265', 'hvc1', 'hev1', 'x265'],
  'MPEG-4 Part 2': ['mp4v', 'fmp4', 'xvid', 'divx', 'dx50'],
  'MPEG-2': ['mpg2', 'mp2v', 'mpeg'],
  'Motion JPEG': ['mjpg', 'jpeg', 'mjpa', 'ljpg'],
  VP8: ['vp80'],
  VP9: ['vp90', 'vp09'],
  AV1: ['av01'],
};

/** Of a tag, for people. */
export function codecName(tag: string): string {
  const known = Object.entries(CODEC_TAGS).find(([, tags]) => tags.includes(tag.toLowerCase()));
  return known?.[0] ?? (/^[\x21-\x7e]+$/.test(tag) ? tag : 'unknown');
}

/** Whether a NUT stream holds H.264. */
export function isH264(codecTag: string): boolean {
  return codecName(codecTag) === 'H.264';
}
