import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clip, demo, demoOptions, library, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

describe.skipIf(!existsSync(clip('ten-frames.mp4')))('an uploaded file of ten frames', () => {
  it.each(['data', 'video'] as const)('gives exactly ten results and ten pictures (frames by %s)', async (frames) => {
    const source = { kind: 'upload', path: clip('ten-frames.mp4'), frames } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source }));
    const witness = new Witness(session);
    await session.run();
    expect(witness.data.map(({ metadata }) => metadata.frame_id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(witness.frames).toHaveLength(10);
    expect(witness.frames.every(({ width, height }) => width === 640 && height === 480)).toBe(true);
    expect(witness.phases.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(['uploading', 'processing', 'complete']),
    );
    expect(witness.data.every(({ outputs }) => outputs !== null && !('image' in outputs))).toBe(true);
  });

  it.skipIf(!existsSync(clip('pedestrians.mp4')))('tells how much of it is processed', async () => {
    // At its own speed, half a minute: there is time to see it.
    const source = { kind: 'upload', path: clip('pedestrians.mp4') } as const;
    const options = demoOptions(server.url, { source, realtimeProcessing: true, frameFormats: [] });
    await using session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    session.start();
    const told = () => witness.phases.flatMap(({ phase, percent }) => (phase === 'processing' ? [percent ?? 0] : []));
    await witness.until(() => new Set(told().filter((percent) => percent > 0)).size >= 3);
    expect(told()).toEqual(told().sort((a, b) => a - b));
    expect(told().at(-1)).toBeLessThan(100);
    expect(witness.phases.at(-1)?.session).toMatchObject({ path: 'uploaded', codec: null });
  });

  it('gives raw pictures of frames that came inside messages', async () => {
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const session = new library.WebRTCSession(demoOptions(server.url, { source, frameFormats: ['bgr24'] }));
    const witness = new Witness(session);
    await session.run();
    expect(witness.frames).toHaveLength(10);
    expect(witness.frames.every(({ data }) => data.byteLength === 640 * 480 * 3)).toBe(true);
    expect(witness.frames.map(({ metadata }) => metadata?.frame_id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('a file that cannot be uploaded', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'upload-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['missing.mp4', 'empty.mp4'])('is refused before anything connects: %s', async (name) => {
    const file = path.join(folder, name);
    if (name === 'empty.mp4') writeFileSync(file, '');
    // Nothing listens there: a connection attempt would end in another error.
    const session = new library.WebRTCSession(
      demoOptions('http://127.0.0.1:9', { source: { kind: 'upload', path: file } }),
    );
    await expect(session.run()).rejects.toMatchObject({ code: 'SOURCE_FILE_UNREADABLE' });
  });
});
