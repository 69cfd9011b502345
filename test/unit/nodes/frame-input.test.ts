import { describe, expect, it } from 'vitest';
import type { NodeMessage } from 'node-red';
import { frameMessage } from '../../../nodes/runtime/frame-message';
import { frameOf } from '../../../nodes/runtime/frame-input';
import { frameEvent } from './events';

const JPEG = Buffer.from('ffd8ffe000104a46', 'hex');
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const raw = (channels: number) => Buffer.alloc(32 * 16 * channels);
const size = { width: 32, height: 16 };

describe('a frame in a message', () => {
  it.each<[string, NodeMessage, object]>([
    ['a JPEG', { payload: JPEG }, { format: 'jpeg' }],
    ['a PNG, with the size of what it was before', { payload: PNG, ...size, format: 'bgr24' }, { format: 'png' }],
    ['BGR by its size alone', { payload: raw(3), ...size }, { format: 'bgr24', ...size }],
    ['RGB by name', { payload: raw(3), ...size, channels: 3, format: 'rgb24' }, { format: 'rgb24', ...size }],
    ['RGBA by its channels', { payload: raw(4), ...size, channels: 4 }, { format: 'rgba', ...size }],
    ['gray by its channels', { payload: raw(1), ...size, channels: 1 }, { format: 'gray8', ...size }],
    ['a time of its own', { payload: JPEG, capturedAt: 7 }, { format: 'jpeg', capturedAtMs: 7 }],
  ])('is read as %s', (_, message, expected) => {
    const { data, ...rest } = frameOf(message);
    expect(data).toBe(message.payload);
    expect(rest).toEqual(expected);
  });

  it('is what on-frame wrote, time and all', () => {
    const event = frameEvent({ format: 'rgb24', ...size });
    const { capturedAt } = event.timing;
    const expected = { format: 'rgb24', ...size, ...(capturedAt === null ? {} : { capturedAtMs: capturedAt }) };
    expect(frameOf(frameMessage(event, 'door', raw(3)))).toMatchObject(expected);
  });

  it.each<[string, NodeMessage]>([
    ['text', { payload: 'hello' }],
    ['nothing', {}],
    ['an empty Buffer', { payload: Buffer.alloc(0) }],
    ['pixels without a size', { payload: raw(3) }],
    ['pixels of another size', { payload: raw(3), width: 32, height: 17 }],
    ['channels that nobody knows', { payload: raw(2), ...size }],
  ])('is refused as %s', (_, message) => {
    expect(() => frameOf(message)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: { field: 'payload' } }),
    );
  });
});
