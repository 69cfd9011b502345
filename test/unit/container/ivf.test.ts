import { describe, expect, it } from 'vitest';
import { ivfFrameHeader, ivfHeader } from '../../../src/container/ivf';

describe('ivfHeader', () => {
  it('is 32 bytes with a time base of 1/90000', () => {
    expect(ivfHeader({ fourcc: 'VP80', width: 1280, height: 720 }).toString('hex')).toBe(
      '444b49460000200056503830' + '0005d002' + '905f010001000000' + '0000000000000000',
    );
  });
});

describe('ivfFrameHeader', () => {
  it('is a size of four bytes and a time of eight, lowest first', () => {
    expect(ivfFrameHeader(0x01020304, 0x05060708090a).toString('hex')).toBe('04030201' + '0a09080706050000');
  });

  it('writes a time before zero as a negative number', () => {
    expect(ivfFrameHeader(1, -2).toString('hex')).toBe('01000000' + 'feffffffffffffff');
  });
});
