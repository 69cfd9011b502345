/** Copies of JSON data for messages; pictures inside (protocol.md E) become Buffers where that is wanted. */
import { isRecord } from '../../src/index';

/** A deep copy; strings (base64 pictures are long ones) are shared, which is harmless. */
export function copyOf(value: unknown): unknown {
  return mapped(value, () => undefined);
}

/** A deep copy in which every `{type: 'base64', value}` is the Buffer of that picture, at any depth. */
export function copyWithBuffers(value: unknown): unknown {
  return mapped(value, pictureIn);
}

function mapped(value: unknown, replacement: (value: Record<string, unknown>) => Buffer | undefined): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapped(entry, replacement));
  if (!isRecord(value)) return value;
  const replaced = replacement(value);
  if (replaced !== undefined) return replaced;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapped(entry, replacement)]));
}

function pictureIn(value: Record<string, unknown>): Buffer | undefined {
  if (value['type'] !== 'base64' || typeof value['value'] !== 'string') return undefined;
  const encoded = value['value'];
  return Buffer.from(encoded.startsWith('data:') ? encoded.slice(encoded.indexOf(',') + 1) : encoded, 'base64');
}
