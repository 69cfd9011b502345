/**
 * A VP8 frame that shows nothing and changes nothing (RFC 6386; field-notes 7): an inter frame with `show_frame` 0,
 * every macroblock a copy of the last picture, no reference and no probability refreshed. Sent after a frame with the
 * next timestamp, it makes aiortc's jitter buffer let go of that frame at once.
 */
import { BoolEncoder } from './bool-encoder';
import { COEFFICIENT_KEPT, MOTION_VECTOR_KEPT } from './vp8-header-probabilities';

const MACROBLOCK_PIXELS = 16;
const FRAME_TAG_BYTES = 3;
const INTER_FRAME = 1;
const FIRST_PARTITION_SHIFT = 5;
/** One token partition without a single token in it. */
const EMPTY_TOKEN_PARTITION = Buffer.alloc(2);
/** Any value does: no coefficient is ever scaled by it. */
const QUANTIZER_INDEX = 0;
/** Odds for the frame's constant choices: the likelier a bit is made, the fewer bytes it takes. */
const NEARLY_NEVER = 255;
const NEARLY_ALWAYS = 1;
/** That a macroblock's vector is not ZEROMV, by how its neighbours moved (§18.3, first column of the mode contexts). */
const VECTOR_ODDS = { noNeighbour: 7, oneEdge: 135, inside: 234 };

/** Sources change their size seldom; a few sizes cover several sessions in one thread. */
const MAX_CACHED = 8;
const cache = new Map<string, Buffer>();

/** The hidden frame for pictures of this size in pixels. Shared between callers: do not write to it. */
export function hiddenVp8Frame(width: number, height: number): Buffer {
  const across = Math.ceil(width / MACROBLOCK_PIXELS);
  const down = Math.ceil(height / MACROBLOCK_PIXELS);
  const key = `${across}x${down}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= MAX_CACHED) cache.clear();
  const frame = buildFrame(across, down);
  cache.set(key, frame);
  return frame;
}

function buildFrame(across: number, down: number): Buffer {
  const encoder = new BoolEncoder();
  writeHeader(encoder);
  for (let row = 0; row < down; row += 1) {
    for (let column = 0; column < across; column += 1) writeMacroblock(encoder, row, column);
  }
  const partition = encoder.finish();
  const tag = Buffer.alloc(FRAME_TAG_BYTES);
  tag.writeUIntLE(INTER_FRAME | (partition.length << FIRST_PARTITION_SHIFT), 0, FRAME_TAG_BYTES);
  return Buffer.concat([tag, partition, EMPTY_TOKEN_PARTITION]);
}

/** §9.3 to §9.11, §19.2. */
function writeHeader(encoder: BoolEncoder): void {
  encoder.bit(false); // segmentation_enabled
  encoder.bit(false); // filter_type
  encoder.literal(0, 6 + 3); // loop_filter_level, sharpness_level
  encoder.bit(false); // loop_filter_adj_enable
  encoder.literal(0, 2); // log2_nbr_of_dct_partitions
  encoder.literal(QUANTIZER_INDEX, 7); // y_ac_qi
  encoder.literal(0, 5); // five delta flags
  encoder.literal(0, 2); // refresh_golden_frame, refresh_alternate_frame
  encoder.literal(0, 2 + 2); // copy_buffer_to_golden, copy_buffer_to_arf
  encoder.literal(0, 2); // sign_bias_golden, sign_bias_alternate
  encoder.bit(false); // refresh_entropy_probs
  encoder.bit(false); // refresh_last
  for (const kept of COEFFICIENT_KEPT) encoder.bit(false, kept);
  encoder.bit(true); // mb_no_coeff_skip
  encoder.literal(NEARLY_ALWAYS, 8); // prob_skip_false
  encoder.literal(NEARLY_ALWAYS, 8); // prob_intra
  encoder.literal(NEARLY_NEVER, 8); // prob_last
  encoder.literal(128, 8); // prob_gf
  encoder.literal(0, 2); // intra_16x16_prob_update_flag, intra_chroma_prob_update_flag
  for (const kept of MOTION_VECTOR_KEPT) encoder.bit(false, kept);
}

/** §19.3: skipped, predicted from the last picture, not moved. */
function writeMacroblock(encoder: BoolEncoder, row: number, column: number): void {
  encoder.bit(true, NEARLY_ALWAYS); // mb_skip_coeff
  encoder.bit(true, NEARLY_ALWAYS); // is_inter_mb
  encoder.bit(false, NEARLY_NEVER); // mb_ref_frame_sel1: the last picture
  encoder.bit(false, vectorOdds(row, column)); // mv_mode: ZEROMV
}

function vectorOdds(row: number, column: number): number {
  if (row === 0 && column === 0) return VECTOR_ODDS.noNeighbour;
  return row === 0 || column === 0 ? VECTOR_ODDS.oneEdge : VECTOR_ODDS.inside;
}
