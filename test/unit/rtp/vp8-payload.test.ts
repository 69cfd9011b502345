import { describe, expect, it } from 'vitest';
import { Vp8Depacketizer } from '../../../src/rtp/vp8-depacketizer';
import { packetizeVp8 } from '../../../src/rtp/vp8-packetizer';
import { seededRandom } from '../channel/random';
import { hex, packet, packetsOf, unhex } from './packets';

/** An inter frame: three bytes of tag (not a keyframe, shown), then anything. */
const INTER = '11 22 33 44 55 66 77 88';
const KEY = '10 00 00 9d 01 2a 40 01 f0 00 aa';

describe('VP8 payloads, both ways', () => {
  const cases: [string, { frame: string; maxPayloadBytes: number; pictureId: number; payloads: string[] }][] = [
    [
      'a frame in one packet',
      { frame: INTER, maxPayloadBytes: 1200, pictureId: 0, payloads: ['90 80 8000 1122334455667788'] },
    ],
    [
      'a frame that fills a packet exactly',
      { frame: INTER, maxPayloadBytes: 12, pictureId: 127, payloads: ['90 80 807f 1122334455667788'] },
    ],
    [
      'a frame one byte too large, cut in even halves',
      {
        frame: INTER,
        maxPayloadBytes: 11,
        pictureId: 128,
        payloads: ['90 80 8080 11223344', '80 80 8080 55667788'],
      },
    ],
    [
      'the highest picture id',
      {
        frame: INTER,
        maxPayloadBytes: 7,
        pictureId: 0x7fff,
        payloads: ['90 80 ffff 112233', '80 80 ffff 445566', '80 80 ffff 7788'],
      },
    ],
    [
      'a picture id beyond 15 bits, which starts over',
      { frame: KEY, maxPayloadBytes: 1200, pictureId: 0x8001, payloads: ['90 80 8001 1000009d012a4001f000aa'] },
    ],
  ];

  it.each(cases)('packetises %s', (_name, { frame, maxPayloadBytes, pictureId, payloads }) => {
    const input = unhex(frame);
    const before = Buffer.from(input);
    expect(packetizeVp8(input, { maxPayloadBytes, pictureId }).map(hex)).toEqual(
      payloads.map((payload) => payload.replaceAll(' ', '')),
    );
    expect(input).toEqual(before);
  });

  it.each(cases)('depacketises %s', (_name, { frame, payloads }) => {
    const depacketizer = new Vp8Depacketizer();
    const packets = packetsOf(payloads.map(unhex), { sequenceNumber: 7, timestamp: 90 });
    const frames = packets.flatMap((each) => depacketizer.push(each));
    expect(frames).toEqual([{ data: unhex(frame), keyframe: frame === KEY, timestamp: 90 }]);
  });

  it('makes no packet of an empty frame', () => {
    expect(packetizeVp8(Buffer.alloc(0), { maxPayloadBytes: 1200, pictureId: 1 })).toEqual([]);
  });
});

describe('Vp8Depacketizer on what other senders write', () => {
  it.each([
    ['no extension octet', '10'],
    ['an extension octet without fields', '90 00'],
    ['a short picture id', '90 80 7f'],
    ['a long picture id', '90 80 ffff'],
    ['TL0PICIDX', '90 40 01'],
    ['TID alone', '90 20 40'],
    ['KEYIDX alone', '90 10 1f'],
    ['TID and KEYIDX in one octet', '90 30 5f'],
    ['everything', '90 f0 8123 01 5f'],
    ['the non-reference bit and reserved bits', 'f8 8f 05'],
  ])('reads a descriptor with %s', (_name, descriptor) => {
    const frames = new Vp8Depacketizer().push(packet(1, `${descriptor} ${INTER}`, { marker: true }));
    expect(frames.map(({ data }) => hex(data))).toEqual([INTER.replaceAll(' ', '')]);
  });

  it('joins partitions that each start with the S bit', () => {
    const depacketizer = new Vp8Depacketizer();
    depacketizer.push(packet(1, '10 1122 33'));
    const frames = depacketizer.push(packet(2, '11 44', { marker: true }));
    expect(frames.map(({ data }) => hex(data))).toEqual(['11223344']);
  });

  it.each([
    ['an empty payload', ''],
    ['a descriptor cut in the extension', '90'],
    ['a descriptor cut in the picture id', '90 80'],
    ['a descriptor with nothing after it, as some send to close a frame', '90 80 8001'],
    ['the middle of a frame whose start is missing', '80 80 8001 1122'],
    ['a keyframe without its start code', '10 10 00 00 00 00 00 40 01 f0 00'],
    ['two bytes', '10 11 22'],
  ])('gives no frame for %s', (_name, payload) => {
    expect(new Vp8Depacketizer().push(packet(1, payload, { marker: true }))).toEqual([]);
  });

  it('releases a frame by the next timestamp when the sender sets no marker', () => {
    const depacketizer = new Vp8Depacketizer();
    expect(depacketizer.push(packet(1, `10 ${INTER}`, { timestamp: 100 }))).toEqual([]);
    expect(depacketizer.push(packet(2, `10 ${KEY}`, { timestamp: 200, marker: true }))).toMatchObject([
      { timestamp: 100, keyframe: false },
      { timestamp: 200, keyframe: true },
    ]);
  });

  it('drops what is left of a frame after a reset', () => {
    const depacketizer = new Vp8Depacketizer();
    depacketizer.push(packet(1, `10 ${INTER}`));
    depacketizer.reset();
    expect(depacketizer.push(packet(3, '00 9999', { marker: true }))).toEqual([]);
    expect(depacketizer.push(packet(4, `10 ${INTER}`, { timestamp: 1, marker: true }))).toHaveLength(1);
  });

  it('gives a frame up that grows beyond the limit, and goes on with the next', () => {
    const depacketizer = new Vp8Depacketizer({ maxFrameBytes: 5000 });
    depacketizer.push(packet(1, Buffer.concat([unhex('10'), Buffer.alloc(3000, 1)])));
    depacketizer.push(packet(2, Buffer.concat([unhex('00'), Buffer.alloc(3000, 1)])));
    expect(depacketizer.push(packet(3, '00 01', { marker: true }))).toEqual([]);
    expect(depacketizer.oversized).toBe(1);
    expect(depacketizer.push(packet(4, `10 ${INTER}`, { timestamp: 1, marker: true }))).toHaveLength(1);
  });

  it('meets the limit with a flood of tiny packets, too', () => {
    const depacketizer = new Vp8Depacketizer({ maxFrameBytes: 5000 });
    for (let index = 0; index < 100; index += 1) depacketizer.push(packet(index, '10 01'));
    expect(depacketizer.oversized).toBeGreaterThan(0);
  });

  it('never throws on random bytes', () => {
    const random = seededRandom(7);
    const depacketizer = new Vp8Depacketizer({ maxFrameBytes: 2000 });
    for (let index = 0; index < 20_000; index += 1) {
      const payload = Buffer.from(Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 256)));
      const before = Buffer.from(payload);
      const rest = { timestamp: Math.floor(index / 5), marker: random() < 0.3 };
      for (const { data } of depacketizer.push(packet(index & 0xffff, payload, rest))) {
        expect(data.length).toBeLessThanOrEqual(2000);
      }
      expect(payload.equals(before)).toBe(true);
    }
  });
});
