/**
 * H.264 byte streams: Annex B start codes, AVCC length prefixes and the avcC record (ISO/IEC 14496-15 §5.3.3). All
 * results are views into the input unless said otherwise. Malformed input yields fewer NAL units, never a throw.
 */

/** NAL unit types (H.264 table 7-1; 24 and 28 from RFC 6184 §5.2). */
export const NAL = {
  slice: 1,
  dataPartitionC: 4,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
  lastPlain: 23,
  stapA: 24,
  fuA: 28,
} as const;

/** Two bytes that end a coded video sequence; a decoder gives out nothing for them (field-notes 7). */
export const H264_END_OF_SEQUENCE: Buffer = Buffer.from([NAL.endOfSequence, 0x00]);

const START_CODE = Buffer.from([0, 0, 0, 1]);
const SHORT_START_CODE = Buffer.from([0, 0, 1]);

/** The type of a NAL unit; 0 (unspecified) for an empty one. */
export function nalType(nalu: Buffer): number {
  return (nalu[0] ?? 0) & 0x1f;
}

/** Whether a NAL unit is (part of) a coded picture. */
export function isSlice(nalu: Buffer): boolean {
  const type = nalType(nalu);
  return type >= NAL.slice && type <= NAL.idr;
}

/** The NAL units between start codes, without trailing zeros. Bytes before the first start code are one as well. */
export function splitAnnexB(data: Buffer): Buffer[] {
  const nalus: Buffer[] = [];
  let start = 0;
  while (start < data.length) {
    const next = data.indexOf(SHORT_START_CODE, start);
    let end = next === -1 ? data.length : next;
    while (end > start && data[end - 1] === 0) end -= 1;
    if (end > start) nalus.push(data.subarray(start, end));
    if (next === -1) break;
    start = next + SHORT_START_CODE.length;
  }
  return nalus;
}

/** One new buffer with a four-byte start code before each NAL unit. */
export function joinAnnexB(nalus: readonly Buffer[]): Buffer {
  return Buffer.concat(nalus.flatMap((nalu) => [START_CODE, nalu]));
}

/** The NAL units of a length-prefixed (MP4) access unit; stops where a length points beyond the end. */
export function splitAvcc(data: Buffer, lengthSize: number): Buffer[] {
  const nalus: Buffer[] = [];
  let offset = 0;
  while (offset + lengthSize <= data.length) {
    const start = offset + lengthSize;
    const end = start + data.readUIntBE(offset, lengthSize);
    if (end > data.length) break;
    if (end > start) nalus.push(data.subarray(start, end));
    offset = end;
  }
  return nalus;
}

/** Reads an avcC record; undefined if `extradata` is not one (Annex B extradata begins with a zero). */
export function parseAvcc(extradata: Buffer): { lengthSize: number; sps: Buffer[]; pps: Buffer[] } | undefined {
  if (extradata.length < 7 || extradata[0] !== 1) return undefined;
  const lengthSize = (extradata.readUInt8(4) & 0x03) + 1;
  const spsSets = parameterSets(extradata, 6, extradata.readUInt8(5) & 0x1f);
  const ppsCount = spsSets && extradata[spsSets.end];
  if (spsSets === undefined || ppsCount === undefined) return undefined;
  const ppsSets = parameterSets(extradata, spsSets.end + 1, ppsCount);
  if (ppsSets === undefined) return undefined;
  return { lengthSize, sps: spsSets.nalus, pps: ppsSets.nalus };
}

function parameterSets(data: Buffer, offset: number, count: number): { nalus: Buffer[]; end: number } | undefined {
  const nalus: Buffer[] = [];
  let end = offset;
  for (let index = 0; index < count; index += 1) {
    if (end + 2 > data.length) return undefined;
    const start = end + 2;
    end = start + data.readUInt16BE(end);
    if (end > data.length) return undefined;
    nalus.push(data.subarray(start, end));
  }
  return { nalus, end };
}
