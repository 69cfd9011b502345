import { describe, expect, it } from 'vitest';
import { jpegSize } from '../../../src/decode/jpeg-size';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const APP0 = 'ffe0 0004 0000';
/** 0x0102 high, 0x0304 wide. */
const SOF0 = 'ffc0 000b 08 0102 0304 01 011100';

describe('jpegSize', () => {
  it.each([
    ['baseline', `ffd8 ${SOF0}`],
    ['after other segments', `ffd8 ${APP0} ffdb 0003 00 ${SOF0}`],
    ['progressive', `ffd8 ${SOF0.replace('ffc0', 'ffc2')}`],
    ['after a Huffman table, whose marker is near', `ffd8 ffc4 0004 0000 ${SOF0}`],
    ['after fill bytes', `ffd8 ffff ${SOF0}`],
  ])('reads the size: %s', (_name, bytes) => {
    expect(jpegSize(hex(bytes))).toEqual({ width: 0x304, height: 0x102 });
  });

  it.each([
    ['nothing', ''],
    ['another format', '8950 4e47 0d0a 1a0a'],
    ['only a beginning', `ffd8 ${APP0}`],
    ['cut in the size', `ffd8 ${SOF0}`.slice(0, 20)],
    ['a scan before the size', `ffd8 ffda 0004 0000 ${SOF0}`],
    ['no height', 'ffd8 ffc0 000b 08 0000 0304 01 011100'],
    ['a segment that leads beyond the end', 'ffd8 ffe0 ffff 00000000000000'],
    ['a segment of no length', 'ffd8 ffe0 0000 00000000000000000000'],
  ])('knows no size of %s', (_name, bytes) => {
    expect(jpegSize(hex(bytes))).toBeUndefined();
  });
});
