/** What both depacketizers give out. */
export interface DepacketizedFrame {
  /** A VP8 frame, or an H.264 access unit in Annex B form. A buffer of its own. */
  data: Buffer;
  keyframe: boolean;
  /** The RTP timestamp as it was on the wire, 32 bits. */
  timestamp: number;
}

/** One frame larger than this is not video from an inference server (a raw 4K picture takes 12 MiB). */
export const DEFAULT_MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** What holding one part costs beside its bytes, so that a flood of tiny parts meets the limit as well. */
export const PART_OVERHEAD_BYTES = 100;
