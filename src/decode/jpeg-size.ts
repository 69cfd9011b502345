/** A JPEG in, its size in pixels out (ITU T.81 B.2.2); undefined for anything else. The input is only read. */

const START_OF_FRAME = 0xc0;
/** Markers C0 to CF start a frame, but for these three: tables, an extension, arithmetic conditioning. */
const NOT_A_FRAME = new Set([0xc4, 0xc8, 0xcc]);
const START_OF_SCAN = 0xda;

export function jpegSize(data: Buffer): { width: number; height: number } | undefined {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return undefined;
  let offset = 2;
  while (offset + 9 <= data.length && data[offset] === 0xff) {
    const marker = data[offset + 1] ?? 0;
    if (marker === 0xff) {
      offset += 1; // fill byte
      continue;
    }
    if (marker === START_OF_SCAN) return undefined;
    if ((marker & 0xf0) === START_OF_FRAME && !NOT_A_FRAME.has(marker)) {
      const size = { height: data.readUInt16BE(offset + 5), width: data.readUInt16BE(offset + 7) };
      return size.width > 0 && size.height > 0 ? size : undefined;
    }
    offset += 2 + data.readUInt16BE(offset + 2);
  }
  return undefined;
}
