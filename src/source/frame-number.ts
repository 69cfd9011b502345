/**
 * A number drawn into pictures as blocks: one row of bits, highest first, and a row of their opposites below it, so
 * that a damaged or foreign picture is told from a number. Blocks are far enough apart and small enough not to count as
 * motion (protocol.md M), and grow with the picture.
 */

/** 16 bits: 109 minutes at 10 frames a second, then from 0 again. */
export const FRAME_NUMBER_BITS = 16;

/** Where the blocks are, in pixels. */
export interface FrameNumberLayout {
  /** Left and top of the whole field, and of the first block. */
  left: number;
  top: number;
  /** Edge of a block. */
  block: number;
  /** From one block to the next, both ways. */
  pitch: number;
}

/** Shape of the default picture, in which a block has 8 pixels. */
const REFERENCE = { width: 640, height: 360, block: 8 };
/** In blocks: a gap of two is not bridged by a motion detector that closes small holes. */
const PITCH_BLOCKS = 3;

/** Even numbers throughout, so that chroma subsampling does not blur the edges. */
export function frameNumberLayout({ width, height }: { width: number; height: number }): FrameNumberLayout {
  const scale = Math.min(width / REFERENCE.width, height / REFERENCE.height);
  const block = 2 * Math.max(2, Math.round((REFERENCE.block / 2) * scale));
  return { left: block, top: block, block, pitch: PITCH_BLOCKS * block };
}
