import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UPLOAD_CHUNK_BYTES } from '../../../src/channel/upload-chunks';
import { openUpload } from '../../../src/source/upload-source';
import type { UploadSource } from '../../../src/source/upload-source';

let folder = '';
const file = (name: string): string => join(folder, name);
const open = (name: string): Promise<UploadSource> => openUpload({ kind: 'upload', path: file(name) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
  const bytes = Buffer.from(Array.from({ length: 2 * UPLOAD_CHUNK_BYTES + 5 }, (_, index) => index * 31));
  await writeFile(file('clip.mp4'), bytes);
  await writeFile(file('exact.mp4'), bytes.subarray(0, UPLOAD_CHUNK_BYTES));
  await writeFile(file('shrinking.mp4'), bytes);
  await writeFile(file('empty.mp4'), '');
});
afterAll(() => rm(folder, { recursive: true }));

describe('openUpload', () => {
  it('cuts a file into payloads that give it back', async () => {
    const upload = await open('clip.mp4');
    const chunks: Buffer[] = [];
    for await (const chunk of upload.chunks()) chunks.push(chunk);
    expect(upload).toMatchObject({ sizeBytes: 98_309, totalChunks: 3 });
    expect(chunks.map(({ length }) => length)).toEqual([49_152, 49_152, 5]);
    expect(Buffer.concat(chunks).equals(await readFile(file('clip.mp4')))).toBe(true);
    await upload.close();
  });

  it('has no empty payload after a file that fits exactly', async () => {
    const upload = await open('exact.mp4');
    const chunks: Buffer[] = [];
    for await (const chunk of upload.chunks()) chunks.push(chunk);
    expect([upload.totalChunks, chunks.length]).toEqual([1, 1]);
    await upload.close();
  });

  it('starts over for a second upload', async () => {
    const upload = await open('clip.mp4');
    const firsts: Buffer[] = [];
    for (let round = 0; round < 2; round += 1) {
      for await (const chunk of upload.chunks()) {
        firsts.push(chunk);
        break;
      }
    }
    expect(firsts[1]?.equals(firsts[0] ?? Buffer.alloc(0))).toBe(true);
    await upload.close();
  });

  it.each([
    ['missing.mp4', 'does not exist'],
    ['empty.mp4', 'is empty'],
    ['.', 'is a folder'],
  ])('refuses %s: it %s', async (name, fault) => {
    const error = await open(name).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SOURCE_FILE_UNREADABLE', retry: false });
    expect(String(error)).toContain(fault);
  });

  it('fails when the file shrinks under it', async () => {
    const upload = await open('shrinking.mp4');
    const reading = upload.chunks()[Symbol.asyncIterator]();
    await reading.next();
    await truncate(file('shrinking.mp4'), UPLOAD_CHUNK_BYTES + 10);
    await expect(reading.next()).rejects.toMatchObject({ code: 'UPLOAD_FAILED' });
    await upload.close();
  });

  it('stops at once and lets go of the file when closed in the middle', async () => {
    const upload = await open('clip.mp4');
    const reading = upload.chunks()[Symbol.asyncIterator]();
    await reading.next();
    const pending = reading.next().catch((thrown: unknown) => thrown);
    await Promise.all([upload.close(), upload.close()]);
    await pending;
    await expect(upload.chunks()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    if (process.platform === 'linux') expect(openFiles()).not.toContain(file('clip.mp4'));
  });
});

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // the descriptor of the listing itself
    }
  });
}
