import { describe, expect, it } from 'vitest';
import { extractImage } from '../../../src/channel/images';

// SOI, APP0, a DHT that must not be taken for a frame header, SOF0 of 80x60, EOI: no picture data needed.
const JPEG = Buffer.from('ffd8ffe000040000ffc400040000ffc0000b08003c0050010122 00ffd9'.replaceAll(' ', ''), 'hex');
const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000010000000080806000000', 'hex');
const image = (data: Buffer, prefix = '') => ({ type: 'base64', value: prefix + data.toString('base64') });

describe('extractImage', () => {
  it('takes the first picture of the asked names and leaves the rest', () => {
    const outputs = { count: 2, boxes: image(JPEG), other: image(PNG) };
    const found = extractImage(outputs, ['missing', 'count', 'boxes', 'other']);
    expect(found).toMatchObject({ field: 'boxes', format: 'jpeg', width: 80, height: 60, rest: {} });
    expect(found?.jpeg.equals(JPEG)).toBe(true);
    expect(extractImage(outputs, ['boxes'])?.rest).toEqual({ count: 2, other: image(PNG) });
    expect(Object.keys(outputs)).toEqual(['count', 'boxes', 'other']);
  });

  it('gives the picture memory of its own, so that it can be transferred', () => {
    const found = extractImage({ a: image(JPEG) }, ['a']);
    expect(found?.jpeg.buffer.byteLength).toBe(JPEG.length);
  });

  it('finds a picture inside a dictionary, and one behind a data-URI prefix', () => {
    expect(extractImage({ a: { inner: image(PNG) } }, ['a'])).toMatchObject({ format: 'png', width: 16, height: 8 });
    expect(extractImage({ a: image(JPEG, 'data:image/jpeg;base64,') }, ['a'])).toMatchObject({ width: 80 });
  });

  it.each([
    ['null outputs', null],
    ['no such output', {}],
    ['a list of pictures', { a: [image(JPEG)] }],
    ['another type', { a: { type: 'url', value: 'x' } }],
    ['a value that is not text', { a: { type: 'base64', value: 5 } }],
    ['data that is no picture', { a: image(Buffer.from('hello world')) }],
    ['a picture cut off before its size', { a: image(JPEG.subarray(0, 12)) }],
    [
      'an endless JPEG of fill bytes',
      { a: image(Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(500, 0xff)])) },
    ],
    ['an inherited name', Object.create({ a: image(JPEG) }) as Record<string, unknown>],
  ])('finds nothing in %s', (_, outputs) => {
    expect(extractImage(outputs, ['a'])).toBeUndefined();
  });
});
