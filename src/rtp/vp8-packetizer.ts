/** One VP8 frame in, RTP payloads out (RFC 7741), each with a descriptor that carries a 15-bit picture id. */

/*
 *        0 1 2 3 4 5 6 7
 *       +-+-+-+-+-+-+-+-+
 *       |X|R|N|S|R| PID |   X = 1; S on the first payload; one partition, PID 0
 *       +-+-+-+-+-+-+-+-+
 *   X:  |I|L|T|K| RSV   |   I = 1
 *       +-+-+-+-+-+-+-+-+
 *   I:  |M| PictureID   |   M = 1: 15 bits
 *       +-+-+-+-+-+-+-+-+
 *       |   PictureID   |
 *       +-+-+-+-+-+-+-+-+
 */
const DESCRIPTOR_BYTES = 4;
const EXTENDED = 0x80;
const START_OF_PARTITION = 0x10;
const PICTURE_ID_PRESENT = 0x80;
const PICTURE_ID_LONG = 0x8000;
const PICTURE_ID_MASK = 0x7fff;

/**
 * Splits `frame` into payloads of about equal size, none above `maxPayloadBytes` (descriptor included, at least 5).
 * The payloads are copies that share one allocation. `pictureId` is taken modulo 2^15. An empty frame gives none.
 */
export function packetizeVp8(frame: Buffer, options: { maxPayloadBytes: number; pictureId: number }): Buffer[] {
  const room = Math.max(1, options.maxPayloadBytes - DESCRIPTOR_BYTES);
  const count = Math.ceil(frame.length / room);
  const bytesEach = Math.ceil(frame.length / count);
  const storage = Buffer.allocUnsafe(frame.length + count * DESCRIPTOR_BYTES);
  const payloads: Buffer[] = [];
  let end = 0;
  for (let offset = 0; offset < frame.length; offset += bytesEach) {
    const start = end;
    storage[start] = offset === 0 ? EXTENDED | START_OF_PARTITION : EXTENDED;
    storage[start + 1] = PICTURE_ID_PRESENT;
    storage.writeUInt16BE(PICTURE_ID_LONG | (options.pictureId & PICTURE_ID_MASK), start + 2);
    end = start + DESCRIPTOR_BYTES;
    end += frame.copy(storage, end, offset, Math.min(offset + bytesEach, frame.length));
    payloads.push(storage.subarray(start, end));
  }
  return payloads;
}
