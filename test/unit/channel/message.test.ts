import { describe, expect, it } from 'vitest';
import { parseServerMessage, pts90k } from '../../../src/channel/message';

const METADATA = {
  frame_id: 7,
  received_at: '2026-08-21T20:33:52.123456',
  pts: 18000,
  time_base: 1.1111111111111112e-5,
  declared_fps: 30,
  measured_fps: null,
  width: 640,
  height: 480,
};

describe('parseServerMessage', () => {
  it('reads a result with its errors in the metadata', () => {
    const message = parseServerMessage({
      serialized_output_data: { count: 2 },
      video_metadata: METADATA,
      errors: ["Output 'x' not found"],
      processing_complete: false,
      termination_reason: null,
    });
    expect(message).toEqual({
      outputs: { count: 2 },
      metadata: { ...METADATA, errors: ["Output 'x' not found"] },
      processingComplete: false,
      terminationReason: null,
    });
    expect(pts90k(message.metadata)).toBe(18000);
  });

  it('reads the completion message, which has no size and may name a reason', () => {
    const message = parseServerMessage({
      serialized_output_data: null,
      video_metadata: { frame_id: 10, received_at: '2026-08-21T20:33:52' },
      processing_complete: true,
      termination_reason: 'timeout_reached',
    });
    expect(message).toMatchObject({ outputs: null, processingComplete: true, terminationReason: 'timeout_reached' });
    expect(message.metadata).toMatchObject({ frame_id: 10, width: null, pts: null, errors: [] });
  });

  it('makes do without metadata: the chunk header names the frame', () => {
    expect(parseServerMessage({ serialized_output_data: {} }, 3).metadata.frame_id).toBe(3);
    expect(parseServerMessage({ processing_complete: true }).metadata.frame_id).toBe(0);
  });

  it.each([
    [1 / 15360, 1 / 15360],
    ['1/90000', 1 / 90000],
    ['0.001', 0.001],
    [[1, 90000], 1 / 90000],
    [null, null],
    [undefined, null],
  ])('accepts the time base %j', (timeBase, expected) => {
    const message = parseServerMessage({ video_metadata: { ...METADATA, time_base: timeBase } });
    expect(message.metadata.time_base).toBe(expected);
  });

  it('converts file ticks to 90 kHz, and gives null when it cannot know', () => {
    expect(pts90k({ pts: 512, time_base: 1 / 15360 })).toBe(3000);
    expect(pts90k({ pts: 512, time_base: null })).toBeNull();
    expect(pts90k({ pts: null, time_base: 1 / 90000 })).toBeNull();
  });

  it('keeps an error that is not text readable', () => {
    expect(parseServerMessage({ video_metadata: METADATA, errors: [{ a: 1 }] }).metadata.errors).toEqual(['{"a":1}']);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['text', 'ok'],
    ['an object of something else', { hello: 1 }],
    ['outputs that are a list', { serialized_output_data: [] }],
    ['no frame id at all', { serialized_output_data: {} }],
    ['a frame id as text', { video_metadata: { ...METADATA, frame_id: '7' } }],
    ['a pts as text', { video_metadata: { ...METADATA, pts: '7' } }],
    ['metadata that is text', { video_metadata: 'x' }],
    ['a time base of zero', { video_metadata: { ...METADATA, time_base: 0 } }],
    ['a time base with an empty part', { video_metadata: { ...METADATA, time_base: '1/' } }],
    ['a time base of three parts', { video_metadata: { ...METADATA, time_base: [1, 2, 3] } }],
  ])('refuses %s', (_, json) => {
    expect(() => parseServerMessage(json)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }) as Error);
  });
});
