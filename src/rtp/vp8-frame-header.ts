/** The uncompressed start of a VP8 frame (RFC 6386 §9.1). */

const FRAME_TAG_BYTES = 3;
const KEYFRAME_HEADER_BYTES = 10;
const NOT_A_KEYFRAME = 0x01;
const SHOW_FRAME = 0x10;
const SIZE_MASK = 0x3fff;

export interface Vp8FrameHeader {
  keyframe: boolean;
  /** False for a frame that only updates references and gives no picture. */
  showFrame: boolean;
  /** Pixels, on keyframes only. */
  width?: number;
  height?: number;
}

/** Undefined for anything too short, and for a keyframe without its start code. */
export function parseVp8FrameHeader(frame: Buffer): Vp8FrameHeader | undefined {
  const tag = frame[0];
  if (tag === undefined || frame.length < FRAME_TAG_BYTES) return undefined;
  const showFrame = (tag & SHOW_FRAME) !== 0;
  if (tag & NOT_A_KEYFRAME) return { keyframe: false, showFrame };
  if (frame.length < KEYFRAME_HEADER_BYTES) return undefined;
  if (frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  return {
    keyframe: true,
    showFrame,
    width: frame.readUInt16LE(6) & SIZE_MASK,
    height: frame.readUInt16LE(8) & SIZE_MASK,
  };
}
