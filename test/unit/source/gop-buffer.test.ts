import { describe, expect, it } from 'vitest';
import { GopBuffer } from '../../../src/source/gop-buffer';
import type { TimedPacket } from '../../../src/source/gop-buffer';

const packet = (pts90k: number, keyframe: boolean, bytes = 10): TimedPacket => ({
  ...{ streamIndex: 0, pts90k, keyframe, readAtMs: 0 },
  data: Buffer.alloc(bytes),
});
const kept = (buffer: GopBuffer): number[] => buffer.packets.map(({ pts90k }) => pts90k);

describe('GopBuffer', () => {
  it('holds what came since the last keyframe', () => {
    const buffer = new GopBuffer();
    for (const each of [packet(1, false), packet(2, true), packet(3, false)]) buffer.push(each);
    expect(kept(buffer)).toEqual([2, 3]);
    buffer.push(packet(4, true));
    expect(kept(buffer)).toEqual([4]);
  });

  it('gives up a group of more than 4 MiB and begins again with the next keyframe', () => {
    const buffer = new GopBuffer();
    buffer.push(packet(1, true, 3 * 1024 * 1024));
    buffer.push(packet(2, false, 2 * 1024 * 1024));
    buffer.push(packet(3, false));
    expect(kept(buffer)).toEqual([]);
    buffer.push(packet(4, true));
    expect(kept(buffer)).toEqual([4]);
  });
});
