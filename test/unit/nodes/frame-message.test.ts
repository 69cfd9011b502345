import { describe, expect, it } from 'vitest';
import { frameMessage } from '../../../nodes/runtime/frame-message';
import { frameEvent, metadata } from './events';

describe('frameMessage', () => {
  it('carries picture, size, metadata, data of the very frame and timing', () => {
    const picture = Buffer.from([1]);
    const event = frameEvent();
    const message = frameMessage(event, 'door', picture);
    expect(message).toEqual({
      topic: 'frame',
      payload: picture,
      width: 640,
      height: 360,
      format: 'jpeg',
      stream: 'door',
      metadata: metadata(),
      data: { count: 2 },
      timing: event.timing,
    });
    expect(message.payload).toBe(picture);
    expect(message['data']).not.toBe(event.outputs);
  });

  it.each([
    ['bgr24', 3],
    ['rgb24', 3],
    ['rgba', 4],
    ['gray8', 1],
    ['png', undefined],
  ] as const)('says how many channels the pixels of %s have: %s', (format, channels) => {
    expect(frameMessage(frameEvent({ format }), 'door', Buffer.alloc(3))['channels']).toBe(channels);
  });

  it('carries the predictions of a model, as null where they never came', () => {
    const outputs = { predictions: { top: 'cat' } };
    expect(
      frameMessage(frameEvent({ outputs, predictions: outputs.predictions }), 'door', Buffer.alloc(3)),
    ).toMatchObject({ data: outputs, predictions: { top: 'cat' } });
    const alone = frameEvent({ outputs: null, predictions: null });
    expect(frameMessage(alone, 'door', Buffer.alloc(3))).toMatchObject({ data: null, predictions: null });
  });

  it('carries null where nothing belongs to the picture', () => {
    const event = frameEvent({ metadata: null, outputs: null });
    expect(frameMessage(event, 'door', Buffer.alloc(3))).toMatchObject({ metadata: null, data: null });
  });
});
