/** Our library against a server on PyPI's aiortc, the stack that the real server uses. */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';

import type { FrameEvent } from '../../src/index';
import { freePort } from '../integration/free-port';
import { rtspMissing, startCamera } from '../integration/source/rtsp-server';
import { readFrameNumber } from '../read-frame-number';
import { AiortcServer } from './aiortc-server';
import { MadeClips } from './clips';
import { note, sharedClip } from './library';
import { SessionRecord, sessionOptions } from './session-record';
import { INSTALL_TIMEOUT_MS, interopPython } from './venvs';

const pedestrians = sharedClip('pedestrians.mp4');
const tenFrames = sharedClip('ten-frames.mp4');
let server: AiortcServer;
let clips: MadeClips;

beforeAll(async () => {
  await interopPython('aiortc');
  clips = await MadeClips.create();
}, INSTALL_TIMEOUT_MS);
afterAll(() => clips.remove());
beforeEach(async () => {
  server = await AiortcServer.start();
});
afterEach(() => server.close());

describe('VP8 to and from aiortc', () => {
  it('answers every frame of the test pattern, and pairs each picture with the message of that very frame', async () => {
    const frames = 120;
    const record = await new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'test-pattern', fps: 30, frames },
        streamOutput: ['image'],
        dataOutput: ['frame_number'],
        frameFormats: ['gray8'],
      }),
    ).run();
    const stats = await server.stats();
    const connectMs = Math.round(await server.connectMs());
    note(`VP8: connected in ${connectMs} ms, ${facts(record)}, ${JSON.stringify(stats)}`);

    expect(record.end).toMatchObject({ outcome: 'complete' });
    expect(record.data.map(({ outputs }) => outputs?.['frame_number'])).toEqual(upTo(frames));
    expect(record.data.map(({ metadata }) => metadata.frame_id)).toEqual(upTo(frames).map((index) => index + 1));
    expectEveryPicture(record, frames);
    expectExactPairs(record, { sureAfter: 5 });
    expect(record.frames.every(isMarked)).toBe(true);
    expect(stats).toMatchObject({ codecs: ['VP8'], pictures: frames, decoderErrors: 0, warnings: 0, discarded: 0 });
    // Each frame is followed by a hidden one, which the decoder takes without a word; the last stays in the buffer.
    expect(stats.encodedFrames).toBe(2 * frames - 1);
    // aiortc starts at 0.5 Mb/s and rises only on our REMB.
    expect(stats.targetBitrate).toBeGreaterThan(500_000);
    expect(connectMs).toBeLessThan(10_000);
  });

  it('lets go of the session as soon as ours is closed', async () => {
    const record = new SessionRecord(
      sessionOptions(server, { source: { kind: 'test-pattern' }, streamOutput: ['image'] }),
    );
    await using session = record.session;
    session.start();
    await record.until('frames', () => record.frames.length >= 5);
    const closedAt = Date.now();
    await session.close();
    const gone = await server.event('connection', ({ state }) => state === 'closed');
    note(`close(): ${Date.now() - closedAt} ms here, noticed by the server after ${Math.round(gone.at - closedAt)} ms`);
    expect(gone.at - closedAt).toBeLessThan(2_000);
  });

  it('takes other outputs while it runs: the next pictures and messages are those', async () => {
    const record = new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'test-pattern' },
        streamOutput: ['image'],
        dataOutput: ['mean_luma'],
        frameFormats: ['gray8'],
      }),
    );
    await using session = record.session;
    session.start();
    await record.until('frames', () => record.frames.length >= 5);
    expect(record.frames.every(isMarked)).toBe(true);
    expect(() => session.reconfigure({ dataOutput: ['count'] })).toThrow(/It offers: frame_number/);
    session.reconfigure({ streamOutput: ['raw'], dataOutput: ['frame_number'] });
    const control = await server.event('control');
    expect(control.message).toEqual({ stream_output: ['raw'], data_output: ['frame_number'] });
    await record.until('the other picture', () => record.frames.slice(-3).every((frame) => !isMarked(frame)));
    await record.until(
      'the other data',
      () => Object.keys(record.data.at(-1)?.outputs ?? {}).join() === 'frame_number',
    );
    expect(record.warnings).toEqual([]);
  });

  it('carries data alone when no video is asked for', async () => {
    const record = await new SessionRecord(
      sessionOptions(server, { source: { kind: 'test-pattern', frames: 20 }, dataOutput: ['mean_luma'] }),
    ).run();
    expect(record.data).toHaveLength(20);
    expect(record.data.every(({ outputs }) => Number(outputs?.['mean_luma']) > 20)).toBe(true);
    expect(record.frames).toHaveLength(0);
  });
});

describe.runIf(pedestrians)('H.264 to aiortc', () => {
  it('copies a camera: all of its 300 frames are answered, the last one too, without one decoder error', async () => {
    const record = await new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'stream', url: pedestrians ?? '' },
        streamOutput: ['image'],
        dataOutput: ['mean_luma'],
      }),
    ).run();
    const stats = await server.stats();
    const connectMs = Math.round(await server.connectMs());
    note(`H.264: connected in ${connectMs} ms, ${facts(record)}, ${JSON.stringify(stats)}`);

    expect(record.paths).toEqual(['copied']);
    expect(record.data).toHaveLength(300);
    expect(record.data.at(-1)?.metadata.frame_id).toBe(300);
    expectEveryPicture(record, 300);
    expect(stats).toMatchObject({ codecs: ['H264'], pictures: 300, decoderErrors: 0, warnings: 0 });
    expect(stats.encodedFrames).toBe(599);
  });

  it('needs the closing packet for it: without, frames are one interval late and the last one is missing', async () => {
    const clip = await clips.beginningOf(pedestrians ?? '', 4);
    const options = sessionOptions(server, { source: { kind: 'stream', url: clip }, dataOutput: ['mean_luma'] });
    const closed = await new SessionRecord(options).run();
    const open = await new SessionRecord({ ...options, closingPacket: false }).run();
    note(`closing packet at 10 fps: ${facts(closed)}; without: ${facts(open)}`);

    expect(closed.data).toHaveLength(40);
    expect(open.data).toHaveLength(39);
    // One interval is 100 ms; half of it is left for a busy machine.
    expect((open.latencyMsP50 ?? 0) - (closed.latencyMsP50 ?? Infinity)).toBeGreaterThan(50);
  });
});

describe('a camera whose frames become too large', () => {
  it('is encoded from there on, in the same session', async () => {
    const record = await new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'stream', url: await clips.turnsTooLarge() },
        streamOutput: ['image'],
        dataOutput: ['mean_luma'],
      }),
    ).run();
    const stats = await server.stats();
    note(`copied, then encoded: ${record.stats?.source?.reason ?? ''}, ${facts(record)}, ${JSON.stringify(stats)}`);

    expect(record.paths).toEqual(['copied', 'encoded']);
    expect(stats).toMatchObject({ sessions: 1, codecs: ['H264', 'VP8'] });
    // aiortc hands the last H.264 closing packet, which it still holds, to its new VP8 decoder; it refuses it, once.
    expect(stats.decoderErrors).toBeLessThanOrEqual(1);
    // 30 frames copied; of the 30 that follow only those between the large one and the encoder's start are lost.
    expect(record.data.length).toBeGreaterThan(45);
    expect(record.data.map(({ metadata }) => metadata.frame_id)).toEqual(
      upTo(record.data.length).map((index) => index + 1),
    );
  });
});

describe.runIf(tenFrames)('a file uploaded to aiortc', () => {
  it.each(['data', 'video'] as const)('gives exactly its ten frames, as %s, and completes', async (frames) => {
    const record = await new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'upload', path: tenFrames ?? '', frames },
        streamOutput: ['image'],
        dataOutput: ['mean_luma'],
      }),
    ).run();
    const stats = await server.stats();
    note(`upload (${frames}): ${facts(record)}, ${JSON.stringify(stats)}`);

    expect(record.end).toMatchObject({ outcome: 'complete', terminationReason: null });
    expect(record.data.map(({ metadata }) => metadata.frame_id)).toEqual(upTo(10).map((index) => index + 1));
    expectEveryPicture(record, 10);
    expect(record.frames.map(({ metadata }) => metadata?.frame_id)).toEqual(upTo(10).map((index) => index + 1));
    expect(record.frames.every(({ width, height }) => width === 640 && height === 480)).toBe(true);
    expect(stats.chunksUploaded).toBe(2);
  });
});

describe.runIf(tenFrames)('a file from an address, uploaded to aiortc', () => {
  it('waits for acknowledgements: the server is never further ahead than they allow', async () => {
    const web = createServer((_request, response) => void createReadStream(tenFrames ?? '').pipe(response));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const record = new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'upload', path: `http://127.0.0.1:${port}/ten-frames.mp4`, cache: false },
        streamOutput: [],
        dataOutput: ['mean_luma'],
      }),
    );
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    record.session.onData(() => held);
    try {
      record.session.start();
      await record.until('all that it may', () => record.data.length === 9);
      expect(await server.stats()).toMatchObject({ answered: 9, chunksUploaded: 2 });
      release();
      await record.session.wait();
      expect(record.data.map(({ metadata }) => metadata.frame_id)).toEqual(upTo(10).map((index) => index + 1));
      expect(record.end).toMatchObject({ outcome: 'complete' });
    } finally {
      await record.session.close();
      web.closeAllConnections();
      web.close();
    }
  });
});

describe.runIf(pedestrians && !rtspMissing)('a camera that aiortc opens itself (RTSP)', () => {
  it('comes back as pictures with their data, and reconnects when it was away', async () => {
    const login = { user: 'viewer', password: 'right-Secret-1' };
    const port = await freePort();
    let camera = await startCamera(pedestrians ?? '', login, port);
    const { url } = camera;
    const record = new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'server-rtsp', url, username: login.user, password: login.password },
        streamOutput: ['image'],
        dataOutput: ['mean_luma'],
        // A server may hang on a camera that is only half up: then the session tries anew.
        recovery: { baseDelayMs: 300, maxDelayMs: 600, startTimeoutMs: 10_000 },
      }),
    );
    await using session = record.session;
    session.start();
    try {
      await record.until('pairs', () => record.frames.filter(({ metadata }) => metadata !== null).length >= 20);
      expect(record.paths).toEqual(['pulled']);
      expect(record.frames.at(-1)).toMatchObject({ width: 768, height: 576 });

      await camera.stop();
      await record.until('loss', () => session.lastPhase.error?.code === 'SOURCE_STALLED');
      camera = await startCamera(pedestrians ?? '', login, port);
      const before = record.data.length;
      await record.until('return', () => record.data.length >= before + 10 && session.phase === 'live');
      note(`pulled by aiortc: ${facts(record)}`);
    } finally {
      await camera.stop();
    }
  });
});

describe('an uploaded file whose pictures come back as video', () => {
  it('pairs all of them exactly, although they are evenly spaced and come faster than that', async () => {
    const frames = 200;
    const record = await new SessionRecord(
      sessionOptions(server, {
        source: { kind: 'upload', path: await clips.numbered(frames), frames: 'video' },
        streamOutput: ['image'],
        dataOutput: ['frame_number'],
        frameFormats: ['gray8'],
      }),
    ).run();
    note(`upload of ${frames} numbered frames (video): ${facts(record)}`);
    expect(record.data.map(({ outputs }) => outputs?.['frame_number'])).toEqual(upTo(frames));
    expectEveryPicture(record, frames);
    expectExactPairs(record, { sureAfter: -1 });
  });
});

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Every picture came back, and was delivered or, where this thread was slower, replaced by a newer one. */
function expectEveryPicture({ stats, frames }: SessionRecord, count: number): void {
  expect(stats).toMatchObject({ packetsLost: 0, framesUndecodable: 0, framesDelivered: frames.length });
  expect(frames.length + (stats?.framesDropped ?? 0)).toBe(count);
  expect(frames.length).toBeGreaterThan(count * 0.7);
}

/**
 * Pictures are in order; one that has data has its own; all after picture `sureAfter` have theirs. The first ones of a
 * live stream may leave before it is sure how the clocks of pictures and data differ.
 */
function expectExactPairs({ frames }: SessionRecord, { sureAfter }: { sureAfter: number }): void {
  const pairs = frames.map((frame) => ({ picture: numberInPicture(frame), data: frame.outputs?.['frame_number'] }));
  const numbers = pairs.map(({ picture }) => picture ?? -1);
  expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
  expect(pairs.filter(({ picture, data }) => data !== undefined && data !== picture)).toEqual([]);
  expect(numbers.filter((picture, index) => pairs[index]?.data === undefined && picture > sureAfter)).toEqual([]);
}

function numberInPicture({ format, data, width, height }: FrameEvent): number | null {
  return readFrameNumber({ format, data: Buffer.from(data), width, height });
}

/** The server inverts the bottom right corner, where the test pattern is dark grey. */
function isMarked({ data, width, height }: FrameEvent): boolean {
  return (data[(height - 8) * width + width - 8] ?? 0) > 150;
}

function facts(record: SessionRecord): string {
  const { data, frames, latencyMsP50, warnings } = record;
  const unpaired = frames.flatMap(({ metadata }, index) => (metadata === null ? [index] : []));
  const middle = latencyMsP50?.toFixed(1) ?? '?';
  return `${data.length} data (p50 ${middle} ms), ${frames.length} frames, unpaired ${unpaired.join(' ')}, ${warnings.join(' ')} ${JSON.stringify(record.stats)}`;
}
