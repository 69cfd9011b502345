import { describe, expect, it } from 'vitest';
import { dataMessages, frameMessage } from '../../../nodes/runtime/listener-messages';
import { dataEvent, frameEvent, metadata } from './events';

const settings = { stream: '', fields: ['boxes', 'missing', 'none'], wholeDictionary: true, frameErrors: true };

describe('dataMessages', () => {
  it('sends each field on its own output, then all of them, then the errors', () => {
    const event = dataEvent({ boxes: [1], none: null, other: 2 }, ["Output 'missing' not found"]);
    const messages = dataMessages(event, 'door', settings);
    expect(messages.map((message) => message?.payload)).toEqual([
      [1],
      undefined,
      null,
      { boxes: [1], none: null, other: 2 },
      ["Output 'missing' not found"],
    ]);
    expect(messages.map((message) => message?.topic)).toEqual(['boxes', undefined, 'none', '*', 'errors']);
    expect(messages[0]).toMatchObject({ stream: 'door', timing: event.timing, metadata: event.metadata });
  });

  it('stays silent on every output when a frame has neither data nor errors', () => {
    expect(dataMessages(dataEvent(null), 'door', settings)).toEqual([null, null, null, null, null]);
  });

  it('does not take an inherited property for a field', () => {
    expect(dataMessages(dataEvent({}), 'door', { ...settings, fields: ['toString'] })[0]).toBeNull();
  });

  it('shares nothing between messages or with the event', () => {
    const event = dataEvent({ boxes: [{ x: 1 }] });
    const [first, , , all] = dataMessages(event, 'door', settings);
    const before = structuredClone([event, all]);
    const scribble = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      Object.values(value).forEach(scribble);
      Object.assign(value, { scribbled: true });
    };
    scribble(first);
    expect([event, all]).toEqual(before);
  });
});

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

  it('carries null where nothing belongs to the picture', () => {
    const event = frameEvent({ metadata: null, outputs: null });
    expect(frameMessage(event, 'door', Buffer.alloc(3))).toMatchObject({ metadata: null, data: null });
  });
});
