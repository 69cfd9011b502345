import { describe, expect, it } from 'vitest';
import { H264Depacketizer } from '../../../src/rtp/h264-depacketizer';
import { packetizeH264 } from '../../../src/rtp/h264-packetizer';
import { seededRandom } from '../channel/random';
import { hex, packet, packetsOf, unhex } from './packets';

const SPS = '67 42c01f aa';
const PPS = '68 c963 bb';
const IDR = '65 88 1122';
const SLICE = '41 9a 3344';
const SEI = '06 05 01 00 80';
const AUD = '09 f0';
const SC = '00000001';
const plain = (text: string) => text.replaceAll(' ', '');

/** Everything the payloads give, each the only packet of its RTP timestamp unless the payload says otherwise. */
function depacketise(packets: { payload: string; timestamp?: number; marker?: boolean }[]): string[] {
  const depacketizer = new H264Depacketizer();
  return packets
    .flatMap(({ payload, timestamp = 0, marker = false }, index) =>
      depacketizer.push(packet(index, payload, { timestamp, marker })),
    )
    .map(({ data, keyframe, timestamp }) => `${timestamp} ${keyframe ? 'key' : 'inter'} ${hex(data)}`);
}

describe('H.264 payloads, both ways', () => {
  const cases: [string, { annexB: string; maxPayloadBytes: number; payloads: string[]; keyframe: boolean }][] = [
    [
      'one slice as a single NAL unit',
      { annexB: `${SC} ${SLICE}`, maxPayloadBytes: 1200, payloads: [SLICE], keyframe: false },
    ],
    [
      'parameter sets and IDR as one STAP-A',
      {
        annexB: `${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`,
        maxPayloadBytes: 1200,
        payloads: [`78 0005 ${SPS} 0004 ${PPS} 0004 ${IDR}`],
        keyframe: true,
      },
    ],
    [
      'an STAP-A that is exactly full, and what no longer fits',
      {
        annexB: `${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`,
        maxPayloadBytes: 14,
        payloads: [`78 0005 ${SPS} 0004 ${PPS}`, IDR],
        keyframe: true,
      },
    ],
    [
      'a slice that fills a packet exactly',
      { annexB: `${SC} ${SLICE} 5566`, maxPayloadBytes: 6, payloads: [`${SLICE} 5566`], keyframe: false },
    ],
    [
      'a slice one byte too large as two FU-A',
      {
        annexB: `${SC} ${SLICE} 55667788 99`,
        maxPayloadBytes: 8,
        payloads: ['5c 81 9a334455', '5c 41 66778899'],
        keyframe: false,
      },
    ],
    [
      'three FU-A after an STAP-A',
      {
        annexB: `${SC} ${SPS} ${SC} ${PPS} ${SC} 65 88 000102030405060708090a0b0c0d0e0f10111213141516171819 1a`,
        maxPayloadBytes: 14,
        payloads: [
          `78 0005 ${SPS} 0004 ${PPS}`,
          '7c 85 88 000102030405060708',
          '7c 05 090a0b0c0d0e0f101112',
          '7c 45 131415161718191a',
        ],
        keyframe: true,
      },
    ],
  ];

  it.each(cases)('packetises %s', (_name, { annexB, maxPayloadBytes, payloads }) => {
    const input = unhex(annexB);
    const before = Buffer.from(input);
    expect(packetizeH264(input, { maxPayloadBytes }).map(hex)).toEqual(payloads.map(plain));
    expect(input).toEqual(before);
  });

  it.each(cases)('depacketises %s', (_name, { annexB, payloads, keyframe }) => {
    const depacketizer = new H264Depacketizer();
    const packets = packetsOf(payloads.map(unhex), { sequenceNumber: 65_535, timestamp: 5 });
    const frames = packets.flatMap((each) => depacketizer.push(each));
    expect(frames).toEqual([{ data: unhex(annexB), keyframe, timestamp: 5 }]);
  });

  it.each([
    ['end of sequence and end of stream', `${SC} ${SLICE} ${SC} 0a ${SC} 0b`, [SLICE]],
    ['an end of sequence of two bytes', `${SC} ${SLICE} ${SC} 0a00`, [SLICE]],
    [
      'unspecified types and those of RTP payloads',
      `${SC} 0011 ${SC} 7811 ${SC} 7c11 ${SC} 1f11 ${SC} ${SLICE}`,
      [SLICE],
    ],
    ['units of one byte', `${SC} 41 ${SC} ${SLICE}`, [SLICE]],
    ['nothing at all', '', []],
  ])('leaves %s out', (_name, annexB, payloads) => {
    expect(packetizeH264(unhex(annexB), { maxPayloadBytes: 1200 }).map(hex)).toEqual(payloads.map(plain));
  });

  it('takes start codes of three bytes and zeros at the end', () => {
    expect(packetizeH264(unhex(`000001 ${SPS} 000001 ${IDR} 0000`), { maxPayloadBytes: 1200 }).map(hex)).toEqual([
      plain(`78 0005 ${SPS} 0004 ${IDR}`),
    ]);
  });
});

describe('H264Depacketizer on what cameras send', () => {
  const quirks: [string, { packets: { payload: string; timestamp?: number; marker?: boolean }[]; frames: string[] }][] =
    [
      [
        'marker bit on SPS and PPS (Tapo TC70, Reolink Duo 2)',
        {
          packets: [
            { payload: SPS, marker: true },
            { payload: PPS, marker: true },
            { payload: IDR, marker: true },
          ],
          frames: [`0 key ${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`],
        },
      ],
      [
        'SPS and PPS with a timestamp and marker of their own',
        {
          packets: [
            { payload: SPS, timestamp: 1, marker: true },
            { payload: PPS, timestamp: 2, marker: true },
            { payload: IDR, timestamp: 3, marker: true },
          ],
          frames: [`3 key ${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`],
        },
      ],
      [
        'SPS, PPS and IDR inside one NAL unit',
        {
          packets: [{ payload: `${SPS} ${SC} ${PPS} 000001 ${IDR}`, marker: true }],
          frames: [`0 key ${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`],
        },
      ],
      [
        'the same in fragments',
        {
          packets: [{ payload: `7c 87 42c01f aa ${SC} 68 c9` }, { payload: `7c 47 63 bb ${SC} ${IDR}`, marker: true }],
          frames: [`0 key ${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`],
        },
      ],
      [
        'a start code in front of a NAL unit',
        { packets: [{ payload: `${SC} ${SLICE}`, marker: true }], frames: [`0 inter ${SC} ${SLICE}`] },
      ],
      [
        'a lone SEI or delimiter as an access unit',
        {
          packets: [
            { payload: SEI, timestamp: 1, marker: true },
            { payload: SLICE, timestamp: 2, marker: true },
            { payload: AUD, timestamp: 3, marker: true },
            { payload: SLICE, timestamp: 4, marker: true },
          ],
          frames: [`2 inter ${SC} ${SLICE}`, `4 inter ${SC} ${SLICE}`],
        },
      ],
      [
        'a delimiter and SEI that belong to their picture',
        {
          packets: [{ payload: AUD }, { payload: SEI }, { payload: SLICE, marker: true }],
          frames: [`0 inter ${SC} ${AUD} ${SC} ${SEI} ${SC} ${SLICE}`],
        },
      ],
      [
        'IDR pictures whose parameter sets came once',
        {
          packets: [
            { payload: `78 0005 ${SPS} 0004 ${PPS} 0004 ${IDR}`, timestamp: 1, marker: true },
            { payload: IDR, timestamp: 2, marker: true },
          ],
          frames: [`1 key ${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`, `2 key ${SC} ${SPS} ${SC} ${PPS} ${SC} ${IDR}`],
        },
      ],
      [
        'an end of sequence with the next timestamp, as our sender closes a frame',
        {
          packets: [
            { payload: SLICE, timestamp: 1, marker: true },
            { payload: '0a00', timestamp: 2, marker: true },
            { payload: SLICE, timestamp: 3, marker: true },
            { payload: '0b', timestamp: 4, marker: true },
          ],
          frames: [`1 inter ${SC} ${SLICE}`, `3 inter ${SC} ${SLICE}`],
        },
      ],
      [
        'no marker at all',
        {
          packets: [
            { payload: SLICE, timestamp: 1 },
            { payload: SLICE, timestamp: 2 },
          ],
          frames: [`1 inter ${SC} ${SLICE}`],
        },
      ],
      [
        'payload types beyond mode 1 (STAP-B, MTAP, FU-B, reserved)',
        {
          packets: [
            ...['79 0000 0005 11', '7a 11', '7b 11', '7d 85 1111', '7e 11', '7f 11', ''].map((payload) => ({
              payload,
            })),
            { payload: SLICE, marker: true },
          ],
          frames: [`0 inter ${SC} ${SLICE}`],
        },
      ],
      [
        'aggregates and fragments cut short',
        {
          packets: [
            ...['78', '78 00', '78 0009 11', `78 0004 ${SLICE} 0009 11`, '7c', '7c 41 22'].map((payload) => ({
              payload,
            })),
            { payload: '7c 81 9a11' }, // never ends
            { payload: '78 0000', marker: true },
          ],
          frames: [`0 inter ${SC} ${SLICE}`],
        },
      ],
    ];
  it.each(quirks)('understands %s', (_name, { packets, frames }) => {
    expect(depacketise(packets)).toEqual(frames.map((frame) => frame.replace(/(?<= (key|inter) ).*/, plain)));
  });

  it('does not take the rest of a picture for a picture after a reset', () => {
    const depacketizer = new H264Depacketizer();
    depacketizer.push(packet(1, IDR, { timestamp: 1 }));
    depacketizer.reset();
    // The second slice of the same picture: first_mb_in_slice is not 0.
    expect(depacketizer.push(packet(3, '65 08 1122', { timestamp: 1, marker: true }))).toEqual([]);
    expect(depacketizer.push(packet(4, IDR, { timestamp: 2, marker: true }))).toHaveLength(1);
  });

  it('gives an access unit up that grows beyond the limit, and goes on with the next', () => {
    const depacketizer = new H264Depacketizer({ maxFrameBytes: 5000 });
    depacketizer.push(packet(1, Buffer.concat([unhex('7c85'), Buffer.alloc(3000, 0x88)])));
    depacketizer.push(packet(2, Buffer.concat([unhex('7c05'), Buffer.alloc(3000, 0x88)])));
    expect(depacketizer.push(packet(3, '7c 45 88', { marker: true }))).toEqual([]);
    expect(depacketizer.oversized).toBe(1);
    expect(depacketizer.push(packet(4, IDR, { timestamp: 1, marker: true }))).toHaveLength(1);
  });

  it('never throws on random bytes, and stays within its limit', () => {
    const random = seededRandom(7);
    const depacketizer = new H264Depacketizer({ maxFrameBytes: 2000 });
    const starts = [0x65, 0x41, 0x67, 0x68, 0x78, 0x7c, 0x06, 0x0a];
    for (let index = 0; index < 20_000; index += 1) {
      const payload = Buffer.from(Array.from({ length: Math.floor(random() * 16) }, () => Math.floor(random() * 256)));
      if (payload.length > 0 && random() < 0.8) payload[0] = starts[Math.floor(random() * starts.length)] ?? 0;
      const before = Buffer.from(payload);
      const rest = { timestamp: Math.floor(index / 5), marker: random() < 0.3 };
      for (const { data } of depacketizer.push(packet(index & 0xffff, payload, rest))) {
        expect(data.length).toBeLessThanOrEqual(4000);
      }
      expect(payload.equals(before)).toBe(true);
    }
  });
});
