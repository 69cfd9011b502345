/**
 * One H.264 access unit in Annex B form in, RTP payloads out (RFC 6184, packetization-mode 1): small NAL units share a
 * STAP-A, large ones become FU-A fragments. Leaves out what stalls aiortc's jitter buffer (field-notes 4.5): end of
 * sequence and of stream, types that no plain NAL unit has, and units of one byte.
 */
import { NAL, nalType, splitAnnexB } from './h264-bitstream';

const STAP_HEADER_BYTES = 1;
const STAP_LENGTH_BYTES = 2;
const FU_HEADER_BYTES = 2;
const FORBIDDEN_AND_NRI = 0xe0;
const NRI = 0x60;
const FU_START = 0x80;
const FU_END = 0x40;

/** No payload exceeds `maxPayloadBytes` (at least 3). A payload of a single NAL unit is a view into `annexB`. */
export function packetizeH264(annexB: Buffer, options: { maxPayloadBytes: number }): Buffer[] {
  const { maxPayloadBytes } = options;
  const payloads: Buffer[] = [];
  let group: Buffer[] = [];
  let groupBytes = STAP_HEADER_BYTES;
  const closeGroup = () => {
    payloads.push(...aggregate(group, groupBytes));
    group = [];
    groupBytes = STAP_HEADER_BYTES;
  };
  for (const nalu of splitAnnexB(annexB)) {
    if (!isSendable(nalu)) continue;
    const bytes = STAP_LENGTH_BYTES + nalu.length;
    if (groupBytes + bytes > maxPayloadBytes) closeGroup();
    if (nalu.length > maxPayloadBytes) {
      payloads.push(...fragment(nalu, maxPayloadBytes));
      continue;
    }
    group.push(nalu);
    groupBytes += bytes;
  }
  closeGroup();
  return payloads;
}

function isSendable(nalu: Buffer): boolean {
  const type = nalType(nalu);
  if (nalu.length < 2 || type === 0 || type > NAL.lastPlain) return false;
  return type !== NAL.endOfSequence && type !== NAL.endOfStream;
}

/** RFC 6184 §5.7.1; a group of one needs no STAP-A. */
function aggregate(group: readonly Buffer[], bytes: number): Buffer[] {
  const [only] = group;
  if (only === undefined) return [];
  if (group.length === 1) return [only];
  const payload = Buffer.allocUnsafe(bytes);
  const importance = Math.max(...group.map((nalu) => (nalu[0] ?? 0) & NRI));
  let offset = payload.writeUInt8(importance | NAL.stapA, 0);
  for (const nalu of group) {
    offset = payload.writeUInt16BE(nalu.length, offset);
    offset += nalu.copy(payload, offset);
  }
  return [payload];
}

/** RFC 6184 §5.8: the NAL header goes into the FU indicator and FU header, the rest is cut into about equal parts. */
function fragment(nalu: Buffer, maxPayloadBytes: number): Buffer[] {
  const header = nalu[0] ?? 0;
  const bodyBytes = nalu.length - 1;
  const room = Math.max(1, maxPayloadBytes - FU_HEADER_BYTES);
  const count = Math.ceil(bodyBytes / room);
  const bytesEach = Math.ceil(bodyBytes / count);
  const storage = Buffer.allocUnsafe(bodyBytes + count * FU_HEADER_BYTES);
  const payloads: Buffer[] = [];
  let end = 0;
  for (let offset = 1; offset < nalu.length; offset += bytesEach) {
    const start = end;
    const last = offset + bytesEach >= nalu.length;
    storage[start] = (header & FORBIDDEN_AND_NRI) | NAL.fuA;
    storage[start + 1] = (header & 0x1f) | (offset === 1 ? FU_START : 0) | (last ? FU_END : 0);
    end = start + FU_HEADER_BYTES;
    end += nalu.copy(storage, end, offset, Math.min(offset + bytesEach, nalu.length));
    payloads.push(storage.subarray(start, end));
  }
  return payloads;
}
