/** Single pictures handed in, against PyPI's aiortc: answered without the next, in sizes that change. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ffmpeg } from '../integration/container/run-ffmpeg';
import { library, Witness } from '../integration/session/support';
import { AiortcServer } from './aiortc-server';
import { sessionOptions } from './session-record';
import { INSTALL_TIMEOUT_MS, interopPython } from './venvs';

let server: AiortcServer;
beforeAll(async () => {
  await interopPython('aiortc');
  server = await AiortcServer.start();
}, INSTALL_TIMEOUT_MS);
afterAll(() => server.close());

it('answers each single picture with its result and its picture, whatever its size', async () => {
  const options = sessionOptions(server, {
    source: { kind: 'frames' },
    streamOutput: ['image'],
    dataOutput: ['frame_number'],
    frameFormats: ['rgb24'],
  });
  await using session = new library.WebRTCSession(options);
  const witness = new Witness(session);
  for (const [index, width] of [320, 640, 320].entries()) {
    const size = `color=red:size=${width}x180`;
    const data = ffmpeg(['-f', 'lavfi', '-i', size, '-frames:v', '1', '-c:v', 'mjpeg', '-f', 'mjpeg', 'pipe:1']);
    session.sendFrame({ data, format: 'jpeg', capturedAtMs: 1_000 + index });
    await witness.until(() => witness.data.length === index + 1 && witness.frames.length === index + 1);
    expect(witness.frames[index]).toMatchObject({ width, height: 180, timing: { capturedAt: 1_000 + index } });
    expect(witness.frames[index]?.metadata?.frame_id).toBe(index + 1);
  }
  expect(await server.stats()).toMatchObject({ decoderErrors: 0, warnings: 0 });
});
