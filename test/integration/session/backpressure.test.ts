/** Batch mode end to end: a slow user slows the server down, nothing is lost, and nothing piles up between them. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { clip, demo, demoOptions, library, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

const upload = (name: string, over: Partial<SessionOptions> = {}): SessionOptions =>
  demoOptions(server.url, { source: { kind: 'upload', path: clip(name) }, dataOutput: ['motion'], ...over });

/** The first is the frame that the user is at; the server works at most so many ahead (`server-controls.ts`). */
const MAX_OPEN_FRAMES = 1 + 8 + 1;

describe.skipIf(!existsSync(clip('rotated.mp4')))('a user who needs time for every frame of a file', () => {
  it('gets all of them in their order, with the server only a few frames ahead', async () => {
    const session = new library.WebRTCSession(upload('rotated.mp4', { streamOutput: [] }));
    const witness = new Witness(session);
    const done: number[] = [];
    let mostOpen = 0;
    // One after the other, as a flow with one slow node works.
    let before: Promise<void> = Promise.resolve();
    session.onData(({ metadata }) => {
      before = before.then(() => delay(40)).then(() => void done.push(metadata.frame_id));
      mostOpen = Math.max(mostOpen, witness.data.length - done.length);
      return before;
    });
    await session.run();
    await before;
    expect(done).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(mostOpen).toBeLessThanOrEqual(MAX_OPEN_FRAMES);
    expect(witness.lastStats).toMatchObject({ dataDropped: 0, framesDropped: 0 });
  });

  it.each(['data', 'video'] as const)('and for every picture of it (frames by %s)', async (frames) => {
    const source = { kind: 'upload', path: clip('rotated.mp4'), frames } as const;
    const session = new library.WebRTCSession(upload('rotated.mp4', { source, frameFormats: ['jpeg', 'gray8'] }));
    const witness = new Witness(session);
    const saved: string[] = [];
    let mostOpen = 0;
    let before: Promise<void> = Promise.resolve();
    const save = ({ format, metadata }: { format: string; metadata: { frame_id: number } | null }) => {
      before = before.then(() => delay(20)).then(() => void saved.push(`${format} ${metadata?.frame_id ?? 0}`));
      mostOpen = Math.max(mostOpen, witness.data.length - Math.floor(saved.length / 2));
      return before;
    };
    session.onFrame(save, { awaited: () => true });
    await session.run();
    await before;
    const all = Array.from({ length: 30 }, (_, index) => index + 1);
    for (const format of ['jpeg', 'gray8']) {
      expect(saved.filter((name) => name.startsWith(format))).toEqual(all.map((frameId) => `${format} ${frameId}`));
    }
    expect(mostOpen).toBeLessThanOrEqual(MAX_OPEN_FRAMES);
    expect(witness.frames.every(({ width, height }) => width === 576 && height === 768)).toBe(true);
  });

  it('holds the server up however long it takes, and is no stall', async () => {
    // As long as a busy machine may take to the first result.
    const recovery = { startTimeoutMs: 5_000, stallTimeoutMs: 5_000 };
    const session = new library.WebRTCSession(upload('rotated.mp4', { streamOutput: [], recovery }));
    const witness = new Witness(session);
    session.onData(({ metadata }) => (metadata.frame_id === 3 ? delay(8_000) : undefined));
    session.start();
    await witness.until(() => witness.data.length >= 4);
    let atMost = 0;
    session.onData(({ metadata }) => void (atMost = metadata.frame_id));
    // Three statistics a second apart, all the while frame 3 is not done.
    const before = witness.lastStats;
    await witness.until(() => witness.lastStats !== before);
    expect(atMost).toBeLessThanOrEqual(2 + MAX_OPEN_FRAMES);
    await session.run();
    expect(witness.data).toHaveLength(30);
  });

  it('slows nothing down where the user acknowledges by hand and never does: the measure of the tests above', async () => {
    const session = new library.WebRTCSession(upload('rotated.mp4', { streamOutput: [], acknowledge: 'manual' }));
    let open = 0;
    let release: () => void = () => undefined;
    const never = new Promise<void>((resolve) => (release = resolve));
    session.onData(() => {
      open += 1;
      return never;
    });
    await session.run();
    release();
    expect(open).toBe(30);
  });
});
