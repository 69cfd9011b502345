import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UPLOAD_CHUNK_BYTES, UploadAssembler, uploadChunk } from '../../../src/channel/upload-chunks';
import { seededRandom, shuffled } from './random';

const malformed = (reason: RegExp) =>
  expect.objectContaining({ code: 'MESSAGE_MALFORMED', message: expect.stringMatching(reason) as string }) as Error;

describe('uploadChunk', () => {
  it('writes index and total little-endian before the payload', () => {
    expect(uploadChunk(1, 258, Buffer.from('abc'))).toEqual(Buffer.from('0100000002010000616263', 'hex'));
  });

  it.each([
    [0, 0],
    [2, 2],
    [-1, 2],
    [0.5, 2],
  ])('refuses chunk %d of %d', (index, total) => {
    expect(() => uploadChunk(index, total, Buffer.alloc(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
  });
});

describe('UploadAssembler', () => {
  it('restores a file from shuffled and doubled chunks', () => {
    const file = randomBytes(3 * UPLOAD_CHUNK_BYTES + 17);
    const chunks = Array.from({ length: 4 }, (_, index) =>
      uploadChunk(index, 4, file.subarray(index * UPLOAD_CHUNK_BYTES, (index + 1) * UPLOAD_CHUNK_BYTES)),
    );
    const assembler = new UploadAssembler();
    const order = shuffled([...chunks, ...chunks.slice(0, 3)], seededRandom(3));
    const done = order.map((message) => assembler.push(message)).find(({ kind }) => kind === 'complete');
    expect(done).toMatchObject({ sizeBytes: file.length });
    expect(done?.kind === 'complete' && Buffer.concat(done.chunks).equals(file)).toBe(true);
    expect(assembler.pendingBytes).toBe(0);
  });

  it('reports progress and counts a repeated chunk once', () => {
    const assembler = new UploadAssembler();
    expect(assembler.push(uploadChunk(0, 2, Buffer.from('a')))).toEqual({ kind: 'chunk', received: 1, total: 2 });
    expect(assembler.push(uploadChunk(0, 2, Buffer.from('a')))).toEqual({ kind: 'duplicate' });
    expect(assembler.push(uploadChunk(1, 2, Buffer.from('b'))).kind).toBe('complete');
    expect(assembler.push(uploadChunk(1, 2, Buffer.from('b')))).toEqual({ kind: 'duplicate' });
  });

  it('takes messages of at most one byte as keepalives', () => {
    const assembler = new UploadAssembler();
    expect(assembler.push(Buffer.from([1]))).toEqual({ kind: 'keepalive' });
    expect(assembler.push('')).toEqual({ kind: 'keepalive' });
  });

  it('starts a new file after reset', () => {
    const assembler = new UploadAssembler();
    assembler.push(uploadChunk(0, 3, Buffer.from('a')));
    assembler.reset();
    expect(assembler.push(uploadChunk(0, 1, Buffer.from('b'))).kind).toBe('complete');
  });

  it.each([
    ['no chunks in total', [Buffer.alloc(8)], /chunk 0 of 0/],
    ['a header cut short', [Buffer.alloc(5)], /5 bytes/],
    ['a total beyond any file in the limit', [uploadChunk(0, 5, Buffer.from('a'))], /5 chunks are too many/],
    ['a total that changes', [uploadChunk(0, 2, Buffer.from('a')), uploadChunk(1, 3, Buffer.from('a'))], /from 2 to 3/],
    ['a file beyond the limit', [uploadChunk(0, 2, Buffer.alloc(900)), uploadChunk(1, 2, Buffer.alloc(200))], /1000/],
  ])('refuses %s', (_, messages, reason) => {
    const assembler = new UploadAssembler({ maxBytes: 1_000 });
    expect(() => messages.map((message) => assembler.push(message))).toThrow(malformed(reason));
  });
});
