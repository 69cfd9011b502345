/** A picture as a Node-RED message. It owns all it holds, for the first wire gets the very object. */
import type { NodeMessage } from 'node-red';
import { modelPredictions } from '../../src/index';
import type { FrameEvent, PictureFormat } from '../../src/index';
import { copyOf } from './own-copy';
import { present } from './present';

/** Bytes a pixel of the raw formats whose rows follow each other without gaps. */
const CHANNELS: Partial<Record<PictureFormat, number>> = { bgr24: 3, rgb24: 3, rgba: 4, gray8: 1 };

/** `picture` becomes the payload and belongs to the message. */
export function frameMessage(event: FrameEvent, stream: string, picture: Buffer): NodeMessage {
  const { width, height, metadata, outputs, timing } = event;
  const data = copyOf(outputs);
  return {
    topic: 'frame',
    payload: picture,
    width,
    height,
    format: event.format,
    ...present('channels', CHANNELS[event.format]),
    stream,
    metadata: copyOf(metadata),
    data,
    // Only where a model runs; the very object of `data`.
    ...('predictions' in event ? { predictions: modelPredictions(data) } : {}),
    timing: { ...timing },
  };
}
