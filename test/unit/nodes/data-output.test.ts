import { describe, expect, it } from 'vitest';
import { DataOutput } from '../../../nodes/runtime/data-output';
import { parseOnDataSettings } from '../../../nodes/runtime/listener-settings';
import { dataEvent, phaseEvent } from './events';

const output = (config: object) => new DataOutput(parseOnDataSettings(config));
const settings = { fields: ['boxes', 'missing', 'none'], wholeDictionary: true, frameErrors: true };

describe('DataOutput', () => {
  it('sends each field on its own output, then all of them, then the errors', () => {
    const event = dataEvent({ boxes: [1], none: null, other: 2 }, ["Output 'missing' not found"]);
    const messages = output(settings).messages(event, 'door');
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
    expect(output(settings).messages(dataEvent(null), 'door')).toEqual([null, null, null, null, null]);
  });

  it('does not take an inherited property for a field', () => {
    expect(output({ fields: ['toString'] }).messages(dataEvent({}), 'door')[0]).toBeNull();
  });

  it('shares nothing between messages or with the event', () => {
    const event = dataEvent({ boxes: [{ x: 1 }] });
    const [first, , , all] = output(settings).messages(event, 'door');
    const before = structuredClone([event, all]);
    const scribble = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      Object.values(value).forEach(scribble);
      Object.assign(value, { scribbled: true });
    };
    scribble(first);
    expect([event, all]).toEqual(before);
  });

  it('follows paths into an output', () => {
    const fields = ['boxes.list[1].class', 'boxes.none.deep', '["dotted.name"].count', 'boxes.list.length'];
    const event = dataEvent({
      boxes: { list: [{ class: 'a' }, { class: 'b' }], none: null },
      'dotted.name': { count: 3 },
    });
    const messages = output({ fields }).messages(event, 'door');
    expect(messages.map((message) => message?.payload)).toEqual(['b', undefined, 3, 2]);
    expect(messages[0]?.topic).toBe('boxes.list[1].class');
  });

  it('sends a field only when it has changed, each stream for itself', () => {
    const node = output({ fields: [{ path: 'boxes', emit: 'change' }, 'boxes'] });
    const payloads = (value: unknown, stream = 'door') =>
      node.messages(dataEvent({ boxes: value }), stream).map((message) => message?.payload);
    expect(payloads([{ x: 1 }])).toEqual([[{ x: 1 }], [{ x: 1 }]]);
    expect(payloads([{ x: 1 }])).toEqual([undefined, [{ x: 1 }]]);
    expect(payloads([{ x: 1 }], 'yard')[0]).toEqual([{ x: 1 }]);
    expect(payloads([{ x: 2 }])[0]).toEqual([{ x: 2 }]);
    expect(node.messages(dataEvent({}), 'door')).toEqual([null, null]);
    expect(payloads([{ x: 2 }])[0]).toBeUndefined();
  });

  it('takes a value for changed even when the flow has altered the message that carried it', () => {
    const node = output({ fields: [{ path: 'boxes', emit: 'change' }] });
    const [message] = node.messages(dataEvent({ boxes: [1] }), 'door');
    (message?.payload as number[]).push(2);
    expect(node.messages(dataEvent({ boxes: [1] }), 'door')).toEqual([null]);
  });

  it.each([
    [null, false],
    ['', false],
    [[], false],
    [{}, false],
    [{ image: { width: null, height: null }, predictions: [] }, false],
    [{ predictions: {}, predicted_classes: [] }, false],
    [{ predictions: [{ class: 'a' }] }, true],
    [0, true],
    [false, true],
    [[0], true],
  ])('takes %j for not empty: %s', (value, expected) => {
    const node = output({ fields: [{ path: 'boxes', emit: 'not-empty' }] });
    expect(node.messages(dataEvent({ boxes: value }), 'door')[0] !== null).toBe(expected);
  });

  it('makes Buffers of pictures inside outputs where that is wanted, and leaves the event as it is', () => {
    const picture = { type: 'base64', value: '/9j/2Q==', video_metadata: null };
    const event = dataEvent({ image: picture, crops: { list: [picture], note: { type: 'base64', value: 7 } } });
    const before = structuredClone(event);
    const fields = ['image', 'crops'];
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
    const messages = output({ fields, buffers: true, wholeDictionary: true }).messages(event, 'door');
    expect(messages[0]?.payload).toEqual(jpeg);
    expect(messages[1]?.payload).toEqual({ list: [jpeg], note: { type: 'base64', value: 7 } });
    expect(messages[2]?.payload).toMatchObject({ image: jpeg });
    expect(output({ fields }).messages(event, 'door')[0]?.payload).toEqual(picture);
    expect(event).toEqual(before);
  });

  it('adds ready-made shapes beside predictions, and leaves those and other values as they are', () => {
    const boxes = { predictions: [{ x: 5, y: 5, width: 2, height: 4, class: 'a', confidence: 1 }] };
    const event = dataEvent({ boxes, count: 1 });
    const [first, second] = output({ fields: ['boxes', 'count'], shapes: true }).messages(event, 'door');
    expect(first).toMatchObject({ payload: boxes, annotations: [{ bbox: [4, 3, 2, 4] }], classes: { a: 1 } });
    expect(second).not.toHaveProperty('annotations');
    expect(output({ fields: ['boxes'] }).messages(event, 'door')[0]).not.toHaveProperty('annotations');
  });

  it('tells the end of a stream on its last output, once', () => {
    const node = output({ ...settings, endOfStream: true });
    expect(node.end(phaseEvent(), 'door')).toBeUndefined();
    const end = node.end(phaseEvent({ phase: 'complete', previous: 'processing' }), 'door');
    expect(end).toHaveLength(6);
    expect(end?.at(-1)).toEqual({
      topic: 'end',
      stream: 'door',
      payload: { state: 'complete', code: null, reason: null },
    });
    expect(node.end(phaseEvent({ phase: 'complete', previous: 'complete' }), 'door')).toBeUndefined();
    expect(output(settings).end(phaseEvent({ phase: 'closed' }), 'door')).toBeUndefined();
  });
});
