/** Pictures handed in one by one, through a worker thread, against the built-in demo server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg } from '../container/run-ffmpeg';
import { demo, demoOptions, library, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer({});
});
afterAll(async () => server.close());

const raw = (pixels: string) => ['-c:v', 'rawvideo', '-pix_fmt', pixels, '-f', 'rawvideo'];
const ENCODERS = {
  jpeg: ['-c:v', 'mjpeg', '-f', 'mjpeg'],
  png: ['-c:v', 'png', '-f', 'image2pipe'],
  ...{ bgr24: raw('bgr24'), rgb24: raw('rgb24'), rgba: raw('rgba'), gray8: raw('gray') },
} as const;
type Format = keyof typeof ENCODERS;
const FORMATS = Object.keys(ENCODERS) as Format[];
const picture = (format: Format, size: string) =>
  ffmpeg(['-f', 'lavfi', '-i', `color=red:size=${size}`, '-frames:v', '1', ...ENCODERS[format], 'pipe:1']);

describe('frames that a program hands in', () => {
  it('are answered one by one, without the next, in every format and size, with the time of each', async () => {
    const options = demoOptions(server.url, { source: { kind: 'frames' }, frameFormats: ['rgb24'] });
    await using session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    for (const [index, format] of FORMATS.entries()) {
      const [width, height] = [322 + index * 2, 182];
      const data = picture(format, `${width}x${height}`);
      const before = Buffer.from(data);
      session.sendFrame({ data, format, width, height, capturedAtMs: 1_000_000 + index });
      expect(data.equals(before)).toBe(true);
      await witness.until(() => witness.data.length === index + 1 && witness.frames.length === index + 1);
      const frame = witness.frames[index];
      expect(frame).toMatchObject({ width, height, timing: { capturedAt: 1_000_000 + index } });
      expect(witness.data[index]?.timing.capturedAt).toBe(1_000_000 + index);
      const [red = 0, , blue = 0] = frame?.data ?? [];
      expect(format === 'gray8' ? Math.abs(red - blue) < 10 : red > 200 && blue < 60, format).toBe(true);
    }
    await witness.until(() => witness.lastStats?.framesSent === FORMATS.length);
    expect(witness.lastStats).toMatchObject({ framesRead: FORMATS.length, framesSkipped: 0 });
    expect(witness.warnings).toEqual([]);
  });

  it('are told about when no server could receive them, and the next goes on', async () => {
    const options = demoOptions(server.url, { source: { kind: 'frames' }, frameFormats: [] });
    await using session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    const noise = ffmpeg([
      ...['-f', 'lavfi', '-i', 'nullsrc=size=1280x720,geq=random(1)*255:128:128', '-frames:v', '1'],
      ...[...ENCODERS.jpeg, 'pipe:1'],
    ]);
    session.sendFrame({ data: noise, format: 'jpeg' });
    session.sendFrame({ data: picture('jpeg', '1280x720'), format: 'jpeg' });
    await witness.until(() => witness.warnings.length === 1 && witness.data.length === 1);
    expect(witness.warnings[0]).toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    expect(witness.warnings[0]?.message).toMatch(/took \d+ packets.*smaller/);
    await witness.until(() => witness.lastStats?.framesSkipped === 1);
  });

  it('are refused one by one, with the reason, and not at all by other sources', async () => {
    const options = demoOptions(server.url, { source: { kind: 'frames' }, frameFormats: [] });
    await using session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    const data = picture('jpeg', '320x180');
    expect(() => session.sendFrame({ data: data.subarray(0, 100), format: 'jpeg' })).toThrow(/not a readable JPEG/);
    session.sendFrame({ data, format: 'jpeg' });
    expect(() => session.sendFrame({ data, format: 'bgr24', width: 320, height: 180 })).toThrow(/172800/);
    await witness.until(() => witness.data.length === 1);

    await using other = new library.WebRTCSession(demoOptions(server.url));
    expect(() => other.sendFrame({ data, format: 'jpeg' })).toThrow(/source of its own/);
    expect(other.state).toBe('not_started');
  });

  it('may be further apart than the limits after which others count as stalled', async () => {
    // As long as a busy machine may take to answer the picture.
    const limits = { stallTimeoutMs: 3_000, startTimeoutMs: 3_000 };
    const options = demoOptions(server.url, { source: { kind: 'frames' }, frameFormats: [], recovery: limits });
    await using session = new library.WebRTCSession(options);
    const witness = new Witness(session);
    session.start();
    let ticks = 0;
    session.onStats(() => (ticks += 1));
    await witness.until(() => ticks >= 5);
    session.sendFrame({ data: picture('png', '320x180'), format: 'png' });
    await witness.until(() => witness.data.length === 1 && ticks >= 10);
    expect(witness.phases.map(({ phase }) => phase)).toEqual(['connecting', 'warming_up', 'live']);
  });
});
