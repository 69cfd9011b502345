/**
 * Every picture carries its number in its pixels, and the data of its frame holds the picture once more, as a JPEG: the
 * two numbers must agree, whatever happens to the video on its way.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrameNumber } from '../read-frame-number';
import { demoFlow, getNode, inbox, load, onData, onFrame, serveFlows } from './test-helper';
import type * as Library from '../../src/index';

/** The built library: the nodes join the very server that is started here. */
const library = createRequire(import.meta.url)('../../dist/src/index.js') as typeof Library;

const SIZE = { width: 320, height: 180 };
const FPS = 30;
const FRAMES = 1_000;
const FAULTS = { dropFirstRtpFrames: 12, delayRtpEvery: 7, loseRtpEvery: 211, rtpTimestampJitter: true };

let lease: Library.DemoServerLease;

beforeAll(async () => {
  lease = await library.acquireDemoServer({ faults: FAULTS });
});
serveFlows();
afterAll(() => lease.release());

/** The numbers in the pictures of JPEGs of one size. */
function numbersOf(jpegs: readonly Buffer[]): (number | null)[] {
  const args = [
    '-v',
    'error',
    '-f',
    'image2pipe',
    '-c:v',
    'mjpeg',
    '-i',
    '-',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-',
  ];
  const { stdout } = spawnSync('ffmpeg', args, { input: Buffer.concat(jpegs), maxBuffer: 2 ** 28 });
  const bytes = SIZE.width * SIZE.height;
  return jpegs.map((_, index) => {
    const data = stdout.subarray(index * bytes, (index + 1) * bytes);
    return readFrameNumber({ ...SIZE, format: 'gray8', data });
  });
}

describe('on-frame, with video that loses its first packets and others, is out of order and rounded', () => {
  it(`gives none of ${FRAMES} frames the data of another`, async () => {
    const listeners = [...onData('data', ['image'], { buffers: true }), ...onFrame('frame', { format: 'gray8' })];
    await load(demoFlow({ width: SIZE.width, height: SIZE.height, fps: FPS }, listeners));
    const arrived = inbox('frame-0');
    const withData = () => arrived.messages.filter(({ data }) => data !== null);
    await arrived.first(() => arrived.messages.length >= FRAMES && withData().length >= FRAMES, 240_000);
    getNode('stream').receive({ action: 'stop' });
    await inbox('states').state('closed');

    const frames = withData().map(({ payload, data, metadata }) => ({
      seen: readFrameNumber({ ...SIZE, format: 'gray8', data: payload as Buffer }),
      jpeg: (data as { image: Buffer | { value: string } }).image,
      id: (metadata as { frame_id: number }).frame_id,
    }));
    const told = numbersOf(
      frames.map(({ jpeg }) => (Buffer.isBuffer(jpeg) ? jpeg : Buffer.from(jpeg.value, 'base64'))),
    );
    const mixed = frames.flatMap(({ seen, id }, index) =>
      seen === told[index] ? [] : [{ id, seen, told: told[index] }],
    );
    expect(mixed).toEqual([]);
    expect(frames.every(({ seen }) => seen !== null)).toBe(true);
    // Each frame once, in order.
    const ids = frames.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
    // The faults were there: the first pictures are missing, and some later ones.
    expect(arrived.messages[0] && (frames[0]?.id ?? 0)).toBeGreaterThan(FAULTS.dropFirstRtpFrames);
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0) + 1).toBeGreaterThan(ids.length);
    expect(inbox('errors').messages).toEqual([]);
  }, 300_000);
});
