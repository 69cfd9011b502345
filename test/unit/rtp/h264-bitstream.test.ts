import { describe, expect, it } from 'vitest';
import { H264_END_OF_SEQUENCE, joinAnnexB, parseAvcc, splitAnnexB, splitAvcc } from '../../../src/rtp/h264-bitstream';
import { seededRandom } from '../channel/random';
import { hex, unhex } from './packets';

describe('splitAnnexB', () => {
  it.each([
    ['long and short start codes', '00000001 6742 000001 68c9 00000001 6588', ['6742', '68c9', '6588']],
    ['zeros before and after', '000000000001 6742 000000 000001 68c9 0000', ['6742', '68c9']],
    ['a start code with nothing after it', '00000001 6742 00000001', ['6742']],
    ['two start codes in a row', '00000001 00000001 6742', ['6742']],
    ['bytes before the first start code', '6742 00000001 68c9', ['6742', '68c9']],
    ['emulation prevention inside', '000001 67000003000003', ['67000003000003']],
    ['only zeros', '0000000000', []],
    ['nothing', '', []],
  ])('splits %s', (_name, data, nalus) => {
    expect(splitAnnexB(unhex(data)).map(hex)).toEqual(nalus);
  });

  it('undoes joinAnnexB', () => {
    const nalus = [unhex('6742'), unhex('68c9'), unhex('6588')];
    expect(hex(joinAnnexB(nalus))).toBe('0000000167420000000168c9000000016588');
    expect(splitAnnexB(joinAnnexB(nalus))).toEqual(nalus);
  });
});

describe('splitAvcc', () => {
  it.each([
    [4, '00000002 6742 00000003 658811'],
    [2, '0002 6742 0003 658811'],
    [1, '02 6742 03 658811'],
  ])('cuts at lengths of %i bytes', (lengthSize, avcc) => {
    const input = unhex(avcc);
    const before = Buffer.from(input);
    expect(splitAvcc(input, lengthSize).map(hex)).toEqual(['6742', '658811']);
    expect(input).toEqual(before);
  });

  it.each([
    ['a length beyond the end', '00000002 6742 000000ff 65', ['6742']],
    ['a length cut short', '00000002 6742 0000', ['6742']],
    ['an empty unit', '00000000 00000002 6742', ['6742']],
    ['nothing', '', []],
  ])('keeps what is whole of %s', (_name, avcc, nalus) => {
    expect(splitAvcc(unhex(avcc), 4).map(hex)).toEqual(nalus);
  });
});

describe('parseAvcc', () => {
  // As FFmpeg hands on the extradata of pedestrians.mp4.
  const record = '0142c01f ff e1 0016 6742c01fd980c0126840000003004000000503c60c9a 01 0005 68c9632c80';

  it('reads the length size and both kinds of parameter sets', () => {
    const parsed = parseAvcc(unhex(record));
    expect(parsed?.lengthSize).toBe(4);
    expect(parsed?.sps.map(hex)).toEqual(['6742c01fd980c0126840000003004000000503c60c9a']);
    expect(parsed?.pps.map(hex)).toEqual(['68c9632c80']);
  });

  it.each([
    ['Annex B', '00000001 6742c01f'],
    ['nothing', ''],
    ['a record cut in the SPS', record.slice(0, 40)],
    ['a record cut before the PPS', record.slice(0, 62)],
    ['a record cut in the PPS', record.slice(0, -2)],
  ])('says that %s is none', (_name, extradata) => {
    expect(parseAvcc(unhex(extradata))).toBeUndefined();
  });

  it('never throws on random bytes', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 5000; round += 1) {
      const data = Buffer.from(Array.from({ length: Math.floor(random() * 20) }, () => Math.floor(random() * 256)));
      if (data.length > 0) data[0] = 1;
      const parsed = parseAvcc(data);
      splitAvcc(data, parsed?.lengthSize ?? 3);
      splitAnnexB(data);
    }
  });
});

describe('H264_END_OF_SEQUENCE', () => {
  it('is two bytes, because aiortc refuses one', () => {
    expect(hex(H264_END_OF_SEQUENCE)).toBe('0a00');
  });
});
