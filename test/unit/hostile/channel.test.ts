import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseControlMessage } from '../../../src/channel/control-message';
import { splitMessage } from '../../../src/channel/frame-chunks';
import { extractImage } from '../../../src/channel/images';
import { MessageAssembler } from '../../../src/channel/message-assembler';
import { parseServerMessage, pts90k } from '../../../src/channel/message';
import { UploadAssembler, uploadChunk } from '../../../src/channel/upload-chunks';
import { controlMessage } from '../../../src/channel/control-message';
import { jpegSize } from '../../../src/decode/jpeg-size';
import { weightOf } from '../../../src/session/weight';
import {
  asText,
  bytes,
  damagedBytes,
  damagedText,
  hostileFields,
  hostileJson,
  hostileText,
  u32,
} from './hostile-inputs';
import { holds, refusesWith } from './holds';

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
const LIMIT = 10_000;
const malformed = ['MESSAGE_MALFORMED'] as const;
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b080010002001011100ffda', 'hex');

function framed(words: readonly [number, number, number], payload: Buffer): Buffer {
  const header = Buffer.alloc(12);
  words.forEach((word, index) => header.writeUInt32LE(word, index * 4));
  return Buffer.concat([header, payload]);
}

describe('the framing of results', () => {
  const anyMessage = fc.oneof(
    bytes(),
    bytes().map((data) => data.toString('latin1')),
    fc.tuple(fc.tuple(u32, u32, u32), bytes(3_000)).map(([words, payload]) => framed(words, payload)),
    damagedBytes([...splitMessage(7, gzipSync('{"errors":[]}')), ...splitMessage(8, Buffer.alloc(500, 0x20), 100)]),
  );

  it('takes any messages, in any order, with a clear refusal and within its memory', () =>
    holds(
      fc.property(fc.array(anyMessage, { maxLength: 60 }), (messages) => {
        const assembler = new MessageAssembler({
          maxMessageBytes: LIMIT,
          maxUnpackedBytes: LIMIT,
          maxPendingBytes: LIMIT,
          maxPendingFrames: 4,
        });
        for (const message of messages) refusesWith(malformed, () => assembler.push(message));
        expect(assembler.pendingBytes).toBeGreaterThanOrEqual(0);
        expect(assembler.pendingBytes).toBeLessThanOrEqual(LIMIT);
        // Whatever came before, an honest message passes.
        const [honest = Buffer.alloc(0)] = splitMessage(0xfffffff0, Buffer.from('{"honest":1}'));
        expect(assembler.push(honest)?.json).toEqual({ honest: 1 });
      }),
    ));

  it('stops unpacking at its limit, whatever a gzip bomb promises', () =>
    holds(
      fc.property(fc.integer({ min: 1, max: 40 }), (megabytes) => {
        const bomb = gzipSync(Buffer.alloc(megabytes * 1_024 * 1_024, 0x20));
        const assembler = new MessageAssembler({ maxUnpackedBytes: LIMIT });
        const before = process.memoryUsage().arrayBuffers;
        for (const chunk of splitMessage(1, bomb, 400)) refusesWith(malformed, () => assembler.push(chunk));
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1_024 * 1_024);
        expect(assembler.pendingBytes).toBe(0);
      }),
      0.05,
    ));
});

describe('the JSON of results', () => {
  const names = ['serialized_output_data', 'video_metadata', 'processing_complete', 'errors', 'termination_reason'];
  const metadataNames = ['frame_id', 'received_at', 'pts', 'time_base', 'declared_fps', 'measured_fps', 'width'];
  const message = fc
    .tuple(hostileFields(names), fc.option(hostileFields(metadataNames), { nil: undefined }))
    .map(([fields, metadata]) => (metadata === undefined ? fields : { ...fields, video_metadata: metadata }));

  it('of any shape becomes a message or is refused, and nobody else learns of it', () =>
    holds(
      fc.property(fc.oneof(message, hostileJson), fc.option(u32), (json, frameId) => {
        const parsed = refusesWith(malformed, () => parseServerMessage(json, frameId));
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
        if (parsed === undefined) return;
        const ticks = pts90k(parsed.metadata);
        expect(ticks === null || Number.isFinite(ticks)).toBe(true);
        expect(Number.isFinite(weightOf(parsed.outputs, 1e6))).toBe(true);
        expect(parsed.metadata.errors.every((error) => typeof error === 'string')).toBe(true);
      }),
    ));

  it.each([
    [
      'a fraction that cannot be read as a number',
      { video_metadata: { frame_id: 1, time_base: [{ toString: 1, valueOf: 1 }] } },
    ],
    ['a time beyond all numbers', JSON.parse('{"video_metadata":{"frame_id":1,"pts":1e999}}')],
    ['half a frame', { video_metadata: { frame_id: 1.5 } }],
    ['an error nested deeper than the stack', { video_metadata: { frame_id: 1 }, errors: [nested(50_000)] }],
  ])('with %s is refused like any other', (_title, json) => {
    expect(refusesWith(malformed, () => parseServerMessage(json))).toBeUndefined();
  });

  it('may hide anything where pictures are looked for', () =>
    holds(
      fc.property(hostileJson, fc.oneof(damagedBytes([jpeg]), bytes(200)), (json, picture) => {
        const value = picture.toString('base64');
        const outputs = {
          a: json,
          b: { deep: { type: 'base64', value } },
          c: { type: 'base64', value: `data:,${value}` },
        };
        const found = extractImage(outputs, ['a', 'b', 'c']);
        expect(found === undefined || found.jpeg.byteLength <= picture.length).toBe(true);
        const size = jpegSize(picture);
        expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true);
      }),
    ));
});

describe('control messages', () => {
  it('of any kind change something known or are refused', () =>
    holds(
      fc.property(
        fc.oneof(
          hostileText,
          hostileFields(['ack', 'stream_output', 'data_output']).map(asText),
          damagedText([controlMessage({ ack: 3, streamOutput: ['a'], dataOutput: ['b', '*'] })]),
          bytes(),
        ),
        (text) => {
          const change = refusesWith(malformed, () => parseControlMessage(text));
          if (change?.ack !== undefined) expect(change.ack).toBeGreaterThan(0);
        },
      ),
    ));
});

describe('the framing of uploads', () => {
  const chunk = fc.oneof(
    bytes(),
    fc.tuple(u32, u32, bytes(500)).map(([index, total, payload]) => framed([index, total, 0], payload)),
    damagedBytes([uploadChunk(0, 3, Buffer.alloc(300)), uploadChunk(2, 3, Buffer.alloc(10))]),
  );

  it('takes any chunks within its memory', () =>
    holds(
      fc.property(fc.array(chunk, { maxLength: 60 }), (chunks) => {
        const assembler = new UploadAssembler({ maxBytes: LIMIT });
        for (const data of chunks) refusesWith(malformed, () => assembler.push(data));
        expect(assembler.pendingBytes).toBeLessThanOrEqual(LIMIT);
      }),
    ));
});
