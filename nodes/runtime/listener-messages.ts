/**
 * Session events as Node-RED messages. Every message owns all it holds: Node-RED passes the first wire the very
 * object, so anything shared would let one branch of a flow change what another sees.
 */
import type { NodeMessage } from 'node-red';
import type { DataEvent, FrameEvent, PictureFormat } from '../../src/index';
import type { OnDataSettings } from './listener-settings';
import { present } from './present';

/** Bytes a pixel of the raw formats whose rows follow each other without gaps. */
const CHANNELS: Partial<Record<PictureFormat, number>> = { bgr24: 3, rgb24: 3, rgba: 4, gray8: 1 };

/** One entry an output, in the order of `OnDataSettings`; null where this frame has nothing for it. */
export function dataMessages(event: DataEvent, stream: string, settings: OnDataSettings): (NodeMessage | null)[] {
  const { outputs, metadata, timing } = event;
  const message = (topic: string, payload: unknown): NodeMessage => ({
    topic,
    payload: copyOf(payload),
    stream,
    metadata: copyOf(metadata),
    timing: { ...timing },
  });
  const messages = settings.fields.map((field) =>
    outputs !== null && Object.hasOwn(outputs, field) ? message(field, outputs[field]) : null,
  );
  if (settings.wholeDictionary) messages.push(outputs === null ? null : message('*', outputs));
  if (settings.frameErrors) messages.push(metadata.errors.length === 0 ? null : message('errors', metadata.errors));
  return messages;
}

/** `picture` becomes the payload and belongs to the message. */
export function frameMessage(event: FrameEvent, stream: string, picture: Buffer): NodeMessage {
  const { width, height, metadata, outputs, timing } = event;
  return {
    topic: 'frame',
    payload: picture,
    width,
    height,
    ...present('channels', CHANNELS[event.format]),
    stream,
    metadata: copyOf(metadata),
    data: copyOf(outputs),
    timing: { ...timing },
  };
}

/** A deep copy of JSON data; strings (base64 pictures are long ones) are shared, which is harmless. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)]));
}
