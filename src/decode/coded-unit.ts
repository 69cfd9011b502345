/** What the decoder has to know of a coded picture before FFmpeg sees it, read from its first bytes. */
import type { IvfFourcc } from '../container/ivf';
import type { VideoCodec } from '../media/video';
import { NAL, nalType, splitAnnexB } from '../rtp/h264-bitstream';
import { parseSps } from '../rtp/h264-sps';
import { parseVp8FrameHeader } from '../rtp/vp8-frame-header';
import { jpegSize } from './jpeg-size';

/** One coded picture as it comes in. */
export interface CodedUnit {
  codec: VideoCodec | 'mjpeg';
  /** Belongs to the decoder from now on. */
  data: Buffer;
  /** Larger than that of the unit before. */
  pts90k: number;
  /** For H.264; VP8 says it itself, and every JPEG is one. */
  keyframe: boolean;
}

export interface UnitFacts {
  keyframe: boolean;
  /** False: it updates references and gives no picture. */
  shown: boolean;
  /** Where the unit tells it. */
  size: { width: number; height: number } | undefined;
}

export const FOURCC: Record<CodedUnit['codec'], IvfFourcc> = { vp8: 'VP80', h264: 'H264', mjpeg: 'MJPG' };

const inspectors: Record<CodedUnit['codec'], (unit: CodedUnit) => UnitFacts | undefined> = {
  vp8: ({ data }) => {
    const header = parseVp8FrameHeader(data);
    if (header === undefined) return undefined;
    const { keyframe, showFrame, width, height } = header;
    return { keyframe, shown: showFrame, size: width && height ? { width, height } : undefined };
  },
  h264: ({ data, keyframe }) => {
    if (data.length === 0) return undefined;
    const sps = keyframe ? splitAnnexB(data).find((nalu) => nalType(nalu) === NAL.sps) : undefined;
    return { keyframe, shown: true, size: sps && parseSps(sps) };
  },
  mjpeg: ({ data }) => {
    const size = jpegSize(data);
    return size && { keyframe: true, shown: true, size };
  },
};

/** Undefined for what cannot be a picture of its codec. */
export function inspectUnit(unit: CodedUnit): UnitFacts | undefined {
  return inspectors[unit.codec](unit);
}
