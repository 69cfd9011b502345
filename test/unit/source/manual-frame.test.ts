import { describe, expect, it } from 'vitest';
import { encodedFormat, manualFrameSize } from '../../../src/source/manual-frame';
import type { ManualFrame } from '../../../src/source/manual-frame';

/** Signature, length, IHDR, 640 x 360. */
const PNG = Buffer.from('89504e470d0a1a0a0000000d494844520000028000000168', 'hex');
/** SOI, SOF0 of 320 x 180. */
const JPEG = Buffer.from('ffd8ffc000110800b4014003012200021101031101', 'hex');
const raw = (format: 'bgr24' | 'rgba' | 'gray8', bytes: number, more: object = {}): ManualFrame => ({
  ...{ format, data: Buffer.alloc(bytes), width: 32, height: 16 },
  ...more,
});

describe('the size of a picture that is handed in', () => {
  it.each<[string, ManualFrame, [number, number]]>([
    ['a JPEG', { data: JPEG, format: 'jpeg' }, [320, 180]],
    ['a PNG, whatever is said beside it', { data: PNG, format: 'png', width: 1, height: 1 }, [640, 360]],
    ['BGR', raw('bgr24', 32 * 16 * 3), [32, 16]],
    ['RGBA', raw('rgba', 32 * 16 * 4), [32, 16]],
    ['gray', raw('gray8', 32 * 16), [32, 16]],
  ])('is that of %s', (_, frame, [width, height]) => {
    expect(manualFrameSize(frame)).toEqual({ width, height });
  });

  it.each<[string, ManualFrame, string]>([
    ['nothing', { data: Buffer.alloc(0), format: 'jpeg' }, 'not a readable JPEG'],
    ['a JPEG cut off in its header', { data: JPEG.subarray(0, 8), format: 'jpeg' }, 'not a readable JPEG'],
    ['a JPEG called PNG', { data: JPEG, format: 'png' }, 'not a readable PNG'],
    ['raw pixels without a size', { data: Buffer.alloc(48), format: 'bgr24' }, 'give its width and height'],
    ['half pixels', raw('gray8', 32 * 16, { width: 32.5 }), 'whole pixels'],
    ['a byte too few', raw('bgr24', 32 * 16 * 3 - 1), '1535 bytes, but 32 x 16 pixels of bgr24 take 1536'],
    ['a negative size', raw('gray8', 32 * 16, { width: -32, height: -16 }), 'has -32 x -16 pixels'],
    ['a picture too small', raw('gray8', 8 * 8, { width: 8, height: 8 }), 'use 16 to 4096'],
    ['a capture time that is none', raw('gray8', 32 * 16, { capturedAtMs: NaN }), 'no time'],
  ])('is not known of %s', (_, frame, reason) => {
    expect(() => manualFrameSize(frame)).toThrow(reason);
  });

  it('is found without writing to the picture', () => {
    const before = Buffer.from(PNG);
    manualFrameSize({ data: PNG, format: 'png' });
    expect(PNG.equals(before)).toBe(true);
  });
});

it('knows JPEG and PNG by their first bytes', () => {
  expect([JPEG, PNG, Buffer.from('GIF89a'), Buffer.alloc(0)].map(encodedFormat)).toEqual([
    'jpeg',
    'png',
    undefined,
    undefined,
  ]);
});
