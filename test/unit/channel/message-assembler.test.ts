import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { splitMessage } from '../../../src/channel/frame-chunks';
import { MessageAssembler } from '../../../src/channel/message-assembler';
import type { SessionError } from '../../../src/errors';
import { seededRandom, shuffled } from './random';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const malformed = (reason: RegExp) =>
  expect.objectContaining({
    code: 'MESSAGE_MALFORMED',
    message: expect.stringMatching(reason) as string,
  }) as SessionError;

function pushAll(assembler: MessageAssembler, messages: readonly (Buffer | string)[]) {
  return messages.flatMap((message) => assembler.push(message) ?? []);
}

function chunk(frameId: number, [index, total]: [number, number], payload = '') {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(frameId, 0);
  header.writeUInt32LE(index, 4);
  header.writeUInt32LE(total, 8);
  return Buffer.concat([header, Buffer.from(payload)]);
}

describe('framing of server messages', () => {
  it('writes the header little-endian: frame id, index, total', () => {
    expect(splitMessage(1, Buffer.from('{}'))).toEqual([Buffer.from('0100000000000000010000007b7d', 'hex')]);
    expect(splitMessage(0xffffffff, Buffer.from('abc'), 2)).toEqual([
      Buffer.from('ffffffff00000000020000006162', 'hex'),
      Buffer.from('ffffffff010000000200000063', 'hex'),
    ]);
  });

  it('cuts at 49,152 bytes unless told otherwise', () => {
    expect(splitMessage(1, Buffer.alloc(98_305)).map((part) => part.length - 12)).toEqual([49_152, 49_152, 1]);
  });
});

describe('MessageAssembler', () => {
  it('gives back a one-chunk message at once', () => {
    const assembler = new MessageAssembler();
    expect(assembler.push(chunk(7, [0, 1], '{"a":1}'))).toEqual({ headerFrameId: 7, json: { a: 1 } });
    expect(assembler.pendingBytes).toBe(0);
  });

  it('takes text messages and short binary messages as bare JSON', () => {
    const assembler = new MessageAssembler();
    expect(assembler.push('{"processing_complete":true}')?.json).toEqual({ processing_complete: true });
    expect(assembler.push(Buffer.from('{"a":[1]}'))).toEqual({ headerFrameId: null, json: { a: [1] } });
  });

  it('takes longer binary messages without a header too', () => {
    const message = json({ serialized_output_data: { count: 2 } });
    expect(new MessageAssembler().push(message)).toEqual({
      headerFrameId: null,
      json: { serialized_output_data: { count: 2 } },
    });
  });

  it('puts interleaved, shuffled and doubled chunks of 40 frames together, gzipped or not', () => {
    const random = seededRandom(11);
    const frames = Array.from({ length: 40 }, (_, id) => ({ id, text: 'ä'.repeat(Math.floor(random() * 4_000)) }));
    for (let group = 0; group < frames.length; group += 8) {
      const assembler = new MessageAssembler();
      const members = frames.slice(group, group + 8);
      const messages = members.flatMap(({ id, text }) => {
        const parts = splitMessage(id, id % 2 === 0 ? gzipSync(json(text)) : json(text), 700);
        return [...parts, ...parts.slice(0, 2)];
      });
      const before = messages.map((message) => message.toString('hex'));
      const results = pushAll(assembler, shuffled(messages, random));
      expect(results.map(({ headerFrameId }) => headerFrameId).sort()).toEqual(members.map(({ id }) => id).sort());
      for (const { headerFrameId, json: value } of results) expect(value).toBe(frames[headerFrameId ?? -1]?.text);
      expect(messages.map((message) => message.toString('hex'))).toEqual(before);
      expect(assembler.pendingBytes).toBe(0);
      expect(assembler.evicted).toBe(0);
      expect(assembler.duplicates).toBe(
        messages.length -
          members.reduce((sum, { id, text }) => {
            return sum + splitMessage(id, id % 2 === 0 ? gzipSync(json(text)) : json(text), 700).length;
          }, 0),
      );
    }
  });

  it.each([
    ['no chunks at all', chunk(1, [0, 0]), /0 chunks/],
    ['an index outside the total', chunk(1, [3, 3]), /chunk 3 of 3/],
    ['more chunks than the limit allows', chunk(1, [0, 684]), /684 chunks/],
    ['the largest numbers', Buffer.alloc(12, 0xff), /chunk 4294967295/],
    ['text that is not JSON', 'hello', /not JSON/],
    ['a payload that is not JSON', chunk(1, [0, 1], '{"a":'), /not JSON/],
    ['a payload that is not UTF-8', Buffer.concat([chunk(1, [0, 1]), Buffer.from([0x22, 0xff, 0x22])]), /not UTF-8/],
    ['damaged gzip', Buffer.concat([chunk(1, [0, 1]), gzipSync('{}').subarray(0, 12)]), /gzip data is damaged/],
    ['an empty payload', chunk(1, [0, 1]), /not JSON/],
    ['an empty message', Buffer.alloc(0), /not JSON/],
  ])('refuses %s and stays usable', (_, message, reason) => {
    const assembler = new MessageAssembler();
    expect(() => assembler.push(message)).toThrow(malformed(reason));
    expect(assembler.push(chunk(2, [0, 1], 'true'))).toEqual({ headerFrameId: 2, json: true });
  });

  it('drops a frame whose total changes under way', () => {
    const assembler = new MessageAssembler();
    assembler.push(chunk(5, [0, 2], '{'));
    expect(() => assembler.push(chunk(5, [1, 3], '}'))).toThrow(malformed(/before it were 2/));
    expect(assembler.pendingBytes).toBe(0);
  });

  it('drops a message that grows beyond the limit', () => {
    const assembler = new MessageAssembler({ maxMessageBytes: 100 });
    expect(() => assembler.push(chunk(1, [0, 1], 'x'.repeat(101)))).toThrow(malformed(/larger than 100 bytes/));
    expect(assembler.pendingBytes).toBe(0);
  });

  it('stops a gzip bomb at its limit', () => {
    const bomb = gzipSync(Buffer.alloc(2 * 1024 * 1024, 0x20));
    const assembler = new MessageAssembler({ maxUnpackedBytes: 1024 * 1024 });
    expect(() => pushAll(assembler, splitMessage(1, bomb))).toThrow(malformed(/unpacks to more than 1048576/));
  });

  it('gives up the oldest partial frames by number', () => {
    const assembler = new MessageAssembler({ maxPendingFrames: 2 });
    for (const id of [1, 2, 3]) assembler.push(chunk(id, [0, 2], '['));
    expect(assembler.evicted).toBe(1);
    expect(assembler.push(chunk(1, [1, 2], ']'))).toBeUndefined();
    expect(assembler.push(chunk(3, [1, 2], ']'))).toEqual({ headerFrameId: 3, json: [] });
  });

  it('gives up the oldest partial frames by bytes', () => {
    const assembler = new MessageAssembler({ maxPendingBytes: 100 });
    for (const id of [1, 2, 3]) assembler.push(chunk(id, [0, 2], 'x'.repeat(40)));
    expect(assembler.evicted).toBe(1);
    expect(assembler.pendingBytes).toBe(80);
  });

  it('gives up partial frames by age', () => {
    let now = 0;
    const assembler = new MessageAssembler({ maxPendingAgeMs: 1_000, clock: { monotonicMs: () => now } });
    assembler.push(chunk(1, [0, 2], 'x'));
    now = 1_001;
    assembler.push(chunk(2, [0, 2], 'x'));
    expect([assembler.evicted, assembler.pendingBytes]).toEqual([1, 1]);
  });

  it('gives up a half that nothing but whole messages follow', () => {
    let now = 0;
    const assembler = new MessageAssembler({ maxPendingAgeMs: 1_000, clock: { monotonicMs: () => now } });
    assembler.push(chunk(1, [0, 2], 'x'));
    now = 1_001;
    expect(assembler.push(chunk(2, [0, 1], 'true'))).toEqual({ headerFrameId: 2, json: true });
    expect([assembler.evicted, assembler.pendingBytes]).toEqual([1, 0]);
  });

  it('survives 2,000 random messages with bounded memory and nothing but its own error', () => {
    const random = seededRandom(5);
    const assembler = new MessageAssembler({ maxPendingBytes: 10_000, maxPendingFrames: 4 });
    for (let round = 0; round < 2_000; round += 1) {
      const small = () => Math.floor(random() * 4);
      const noise = randomBytes(Math.floor(random() * 300));
      const message = random() < 0.5 ? noise : Buffer.concat([chunk(small(), [small(), small()]), noise]);
      try {
        assembler.push(message);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'MESSAGE_MALFORMED' });
      }
      expect(assembler.pendingBytes).toBeLessThanOrEqual(10_000);
    }
  });
});
