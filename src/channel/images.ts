/**
 * Images inside workflow outputs, `{type: 'base64', value}` (protocol.md E): the first one under given names is taken
 * out for file sessions whose frames travel in messages. Never changes the outputs it was given.
 */

/** A picture found in outputs, encoded as the server sent it. */
export interface ExtractedImage {
  /** The output that held it. */
  field: string;
  format: 'jpeg' | 'png';
  /** The encoded picture (JPEG from every known server), in an ArrayBuffer of its own: it can be transferred. */
  jpeg: Buffer;
  width: number;
  height: number;
  /** The outputs without all of the asked names: a new object. */
  rest: Record<string, unknown>;
}

/** How deep a picture may hide inside its output's dictionaries. */
const MAX_DEPTH = 4;

/** The first readable picture among the outputs called `names`; undefined when there is none. */
export function extractImage(
  outputs: Record<string, unknown> | null,
  names: readonly string[],
): ExtractedImage | undefined {
  if (outputs === null) return undefined;
  for (const field of names) {
    const encoded = Object.hasOwn(outputs, field) ? findBase64(outputs[field], 0) : undefined;
    const image = encoded === undefined ? undefined : decodeImage(encoded);
    if (image !== undefined) return { field, ...image, rest: without(outputs, names) };
  }
  return undefined;
}

/** The outputs without `names`, for frames whose picture nobody wants: nothing is decoded. */
export function withoutImages(
  outputs: Record<string, unknown> | null,
  names: readonly string[],
): Record<string, unknown> | null {
  const hasImage = outputs !== null && names.some((field) => Object.hasOwn(outputs, field) && isImage(outputs[field]));
  return hasImage ? without(outputs, names) : outputs;
}

function isImage(value: unknown): boolean {
  return findBase64(value, 0) !== undefined;
}

function without(outputs: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).filter(([field]) => !names.includes(field)));
}

/** Like the server's own search: dictionaries are entered, lists are not (protocol.md C.2). */
function findBase64(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > MAX_DEPTH) return undefined;
  if ('type' in value && value.type === 'base64' && 'value' in value && typeof value.value === 'string') {
    return value.value;
  }
  for (const inner of Object.values(value)) {
    const found = findBase64(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Size = Pick<ExtractedImage, 'format' | 'width' | 'height'>;

function decodeImage(encoded: string): (Size & Pick<ExtractedImage, 'jpeg'>) | undefined {
  const text = encoded.startsWith('data:') ? encoded.slice(encoded.indexOf(',') + 1) : encoded;
  // Not Buffer.from: small results would share the pool's memory and could not be transferred.
  const space = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'base64'));
  const jpeg = space.subarray(0, space.write(text, 'base64'));
  const size = jpegSize(jpeg) ?? pngSize(jpeg);
  return size === undefined ? undefined : { ...size, jpeg };
}

/** ISO/IEC 10918-1 B.2.2: walks the marker segments to the frame header. */
function jpegSize(data: Buffer): Size | undefined {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return undefined;
  let position = 2;
  while (position + 9 <= data.length && data[position] === 0xff) {
    const marker = data[position + 1] ?? 0;
    // C0-CF are frame headers except DHT (C4), JPG (C8) and DAC (CC).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { format: 'jpeg', height: data.readUInt16BE(position + 5), width: data.readUInt16BE(position + 7) };
    }
    position += marker === 0xff ? 1 : 2 + data.readUInt16BE(position + 2);
  }
  return undefined;
}

function pngSize(data: Buffer): Size | undefined {
  if (data.length < 24 || data.readUInt32BE(0) !== 0x89504e47) return undefined;
  return { format: 'png', width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}
