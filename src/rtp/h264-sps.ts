/** A sequence parameter set in (H.264 §7.3.2.1.1, annex E.1.1), what decides about copying and decoding out. */
import { ExpGolombReader } from './exp-golomb-reader';
import { NAL, nalType } from './h264-bitstream';

export interface H264Sps {
  profileIdc: number;
  levelIdc: number;
  /** Pixels after cropping. */
  width: number;
  height: number;
  /** How many pictures may precede one in decoding and follow it in showing; undefined where the SPS does not say. */
  maxNumReorderFrames: number | undefined;
  /** False for streams that may be interlaced. */
  frameMbsOnly: boolean;
}

/** Profiles whose SPS tells the chroma format (§7.3.2.1.1). */
const PROFILES_WITH_CHROMA = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);
const EXTENDED_SAR = 255;
/** `pic_order_cnt_type` 2 (§8.2.1.3). */
const SHOWN_AS_DECODED = 2;
const MAX_MACROBLOCKS_ACROSS = 1024;

/** Undefined for anything that is not a whole SPS. The input is only read. */
export function parseSps(nalu: Buffer): H264Sps | undefined {
  if (nalType(nalu) !== NAL.sps || nalu.length < 4) return undefined;
  const reader = new ExpGolombReader(nalu.subarray(1));
  const profileIdc = reader.bits(8);
  reader.skip(8); // constraint flags
  const levelIdc = reader.bits(8);
  reader.unsigned(); // seq_parameter_set_id
  const chroma = PROFILES_WITH_CHROMA.has(profileIdc) ? chromaFormat(reader) : 1;
  reader.unsigned(); // log2_max_frame_num_minus4
  const orderCountType = pictureOrderCount(reader);
  reader.unsigned(); // max_num_ref_frames
  reader.flag(); // gaps_in_frame_num_value_allowed_flag
  const picture = pictureSize(reader, chroma);
  const hasVui = reader.flag();
  if (reader.exhausted || picture === undefined) return undefined;
  const stated = hasVui ? reorderFrames(reader) : undefined;
  const maxNumReorderFrames = orderCountType === SHOWN_AS_DECODED ? 0 : stated;
  return { profileIdc, levelIdc, ...picture, maxNumReorderFrames };
}

/** Returns `ChromaArrayType`: 0 where the planes are coded separately. */
function chromaFormat(reader: ExpGolombReader): number {
  const format = reader.unsigned();
  const separate = format === 3 && reader.flag();
  reader.unsigned(); // bit_depth_luma_minus8
  reader.unsigned(); // bit_depth_chroma_minus8
  reader.flag(); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) {
    for (let list = 0; list < (format === 3 ? 12 : 8); list += 1) {
      if (reader.flag()) skipScalingList(reader, list < 6 ? 16 : 64);
    }
  }
  return separate ? 0 : format;
}

function skipScalingList(reader: ExpGolombReader, size: number): void {
  let last = 8;
  for (let index = 0; index < size; index += 1) {
    const next = (last + reader.signed() + 256) % 256;
    if (next === 0) return;
    last = next;
  }
}

/** Returns `pic_order_cnt_type`. */
function pictureOrderCount(reader: ExpGolombReader): number {
  const type = reader.unsigned();
  if (type === 0) reader.unsigned(); // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return type;
  reader.flag(); // delta_pic_order_always_zero_flag
  reader.signed(); // offset_for_non_ref_pic
  reader.signed(); // offset_for_top_to_bottom_field
  const count = reader.unsigned();
  for (let index = 0; index < count && !reader.exhausted; index += 1) reader.signed();
  return type;
}

function pictureSize(
  reader: ExpGolombReader,
  chroma: number,
): { width: number; height: number; frameMbsOnly: boolean } | undefined {
  const across = reader.unsigned() + 1;
  const mapUnitsDown = reader.unsigned() + 1;
  const frameMbsOnly = reader.flag();
  if (!frameMbsOnly) reader.flag(); // mb_adaptive_frame_field_flag
  reader.flag(); // direct_8x8_inference_flag
  const [left, right, top, bottom] = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [0, 0, 0, 0];
  const fields = frameMbsOnly ? 1 : 2;
  const cropUnitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const cropUnitY = (chroma === 1 ? 2 : 1) * fields;
  const width = across * 16 - (left + right) * cropUnitX;
  const height = mapUnitsDown * fields * 16 - (top + bottom) * cropUnitY;
  if (across > MAX_MACROBLOCKS_ACROSS || mapUnitsDown > MAX_MACROBLOCKS_ACROSS) return undefined;
  return width > 0 && height > 0 ? { width, height, frameMbsOnly } : undefined;
}

/** `max_num_reorder_frames` of the VUI; undefined where the VUI leaves it out or is cut short. */
function reorderFrames(reader: ExpGolombReader): number | undefined {
  skipPictureDescription(reader);
  if (reader.flag()) reader.skip(32 + 32 + 1); // timing_info
  const nalHrd = reader.flag();
  if (nalHrd) skipHrd(reader);
  const vclHrd = reader.flag();
  if (vclHrd) skipHrd(reader);
  if (nalHrd || vclHrd) reader.flag(); // low_delay_hrd_flag
  reader.flag(); // pic_struct_present_flag
  if (!reader.flag()) return undefined; // bitstream_restriction_flag
  reader.flag(); // motion_vectors_over_pic_boundaries_flag
  for (let field = 0; field < 4; field += 1) reader.unsigned();
  const reorder = reader.unsigned();
  return reader.exhausted ? undefined : reorder;
}

/** The VUI up to and including chroma_loc_info. */
function skipPictureDescription(reader: ExpGolombReader): void {
  if (reader.flag() && reader.bits(8) === EXTENDED_SAR) reader.skip(32); // aspect_ratio_info
  if (reader.flag()) reader.flag(); // overscan_info
  if (reader.flag()) {
    reader.skip(4); // video_format, video_full_range_flag
    if (reader.flag()) reader.skip(24); // colour_description
  }
  if (reader.flag()) {
    reader.unsigned(); // chroma_sample_loc_type_top_field
    reader.unsigned(); // chroma_sample_loc_type_bottom_field
  }
}

/** Annex E.1.2. */
function skipHrd(reader: ExpGolombReader): void {
  const count = reader.unsigned() + 1;
  reader.skip(8); // bit_rate_scale, cpb_size_scale
  for (let index = 0; index < count && !reader.exhausted; index += 1) {
    reader.unsigned(); // bit_rate_value_minus1
    reader.unsigned(); // cpb_size_value_minus1
    reader.flag(); // cbr_flag
  }
  reader.skip(20); // four fields of five bits
}
