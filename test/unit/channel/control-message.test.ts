import { describe, expect, it } from 'vitest';
import { controlMessage, parseControlMessage } from '../../../src/channel/control-message';

describe('control messages', () => {
  it.each([
    [{ ack: 7 }, '{"ack":7}'],
    [{ streamOutput: ['image'] }, '{"stream_output":["image"]}'],
    [{ streamOutput: [], dataOutput: ['*'] }, '{"stream_output":[],"data_output":["*"]}'],
    [{}, '{}'],
  ])('read %j as they were written', (change, text) => {
    expect(controlMessage(change)).toBe(text);
    expect(parseControlMessage(text)).toEqual(change);
    expect(parseControlMessage(Buffer.from(text))).toEqual(change);
  });

  it('take null as unchanged', () => {
    expect(parseControlMessage('{"ack":null,"stream_output":null,"data_output":["a"]}')).toEqual({ dataOutput: ['a'] });
  });

  it.each([0, -1, 1.5, NaN])('never acknowledge frame %d', (ack) => {
    expect(() => controlMessage({ ack })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });

  it.each([
    'ping',
    '[]',
    'null',
    '{"ack":0}',
    '{"ack":true}',
    '{"ack":"3"}',
    '{"data_output":"a"}',
    '{"stream_output":[1]}',
    `{"data_output":["${'x'.repeat(300_000)}"]}`,
  ])('refuse %.30s', (text) => {
    expect(() => parseControlMessage(text)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }) as Error);
  });
});
