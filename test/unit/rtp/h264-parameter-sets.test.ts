import { describe, expect, it } from 'vitest';
import { H264ParameterSets } from '../../../src/rtp/h264-parameter-sets';
import { hex, unhex } from './packets';

const complete = (sets: H264ParameterSets, nalus: string[]) => sets.complete(nalus.map(unhex)).map(hex);

describe('H264ParameterSets', () => {
  it('puts the sets of the container before an IDR picture', () => {
    const sets = new H264ParameterSets([unhex('6701'), unhex('6801')]);
    expect(complete(sets, ['0601', '6588'])).toEqual(['0601', '6701', '6801', '6588']);
    expect(complete(sets, ['419a'])).toEqual(['419a']);
  });

  it('adds nothing to an IDR picture that has its own', () => {
    const sets = new H264ParameterSets([unhex('6701'), unhex('6801')]);
    expect(complete(sets, ['09f0', '6702', '6802', '6588'])).toEqual(['09f0', '6702', '6802', '6588']);
    expect(complete(sets, ['6588'])).toEqual(['6702', '6802', '6588']);
  });

  it('remembers sets that came without a picture', () => {
    const sets = new H264ParameterSets();
    expect(complete(sets, ['6588'])).toEqual(['6588']);
    complete(sets, ['6701']);
    complete(sets, ['6801', '419a']);
    expect(complete(sets, ['6588', '6508'])).toEqual(['6701', '6801', '6588', '6508']);
  });

  it('puts a missing SPS before the PPS that needs it', () => {
    const sets = new H264ParameterSets([unhex('6701')]);
    expect(complete(sets, ['6802', '6588'])).toEqual(['6701', '6802', '6588']);
  });

  it('forgets a format that has been replaced', () => {
    const sets = new H264ParameterSets([unhex('6701'), unhex('6801')]);
    complete(sets, ['6702', '6802', '6588']);
    complete(sets, ['6701', '6801', '6588']);
    expect(complete(sets, ['6588'])).toEqual(['6701', '6801', '6588']);
  });

  it('keeps copies, and not without end', () => {
    const sets = new H264ParameterSets();
    const sps = unhex('6701');
    sets.complete([sps]);
    sps.fill(0);
    expect(complete(sets, ['6588'])).toEqual(['6701', '6588']);
    for (let index = 0; index < 300; index += 1) sets.complete([Buffer.from([0x68, index & 0xff, index >> 8, 1])]);
    expect(sets.complete([unhex('6588')]).length).toBeLessThan(20);
  });
});
