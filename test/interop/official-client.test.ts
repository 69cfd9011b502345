/** PyPI's `inference-sdk` as a client of our demo server, and, to know that it is right, of the aiortc server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoServerLease } from '../../src/index';
import { AiortcServer } from './aiortc-server';
import { library, note, sharedClip } from './library';
import { runOfficialClient } from './official-client';
import type { OfficialResult } from './official-client';
import { INSTALL_TIMEOUT_MS, interopPython } from './venvs';

const pedestrians = sharedClip('pedestrians.mp4') ?? '';
const tenFrames = sharedClip('ten-frames.mp4') ?? '';
const specification = library.DEMO_WORKFLOW_SPECIFICATION;
const TEN_IDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

beforeAll(async () => {
  await interopPython('inference-sdk');
}, INSTALL_TIMEOUT_MS);

describe.runIf(pedestrians !== '' && tenFrames !== '')('the official client with our demo server', () => {
  let demo: DemoServerLease;
  beforeAll(async () => {
    demo = await library.acquireDemoServer();
  });
  afterAll(async () => {
    const releasedAt = Date.now();
    await demo.release();
    note(`demo server released in ${Date.now() - releasedAt} ms`);
    expect(Date.now() - releasedAt).toBeLessThan(15_000);
  });

  it('sends pictures by hand and gets them back with their data, motion among them', async () => {
    const frames = 80;
    const order = { url: demo.url, mode: 'manual', clip: pedestrians, frames, specification } as const;
    const result = tell('manual', await runOfficialClient(order));
    expect(result).toMatchObject({ frameSize: [768, 576], fields: ['motion', 'predictions'], errors: [] });
    // It begins to send while it is still connecting, and what comes before the first keyframe is of no use.
    expect(result.data).toBeGreaterThan(frames * 0.6);
    expect(result.frames).toBeGreaterThan(frames * 0.6);
    expect(result.frameIds).toEqual(result.frameIds.map((_, index) => index + 1));
    expect(result.fieldCalls).toBe(result.data);
    // The background model reports nothing on its first 30 frames; people walk through all the others.
    expect(result.motionFrames).toBeGreaterThan(10);
    expect(result.mostDetections).toBeGreaterThan(1);
  });

  it('uploads a file and gets exactly its ten frames in messages; run() ends by the completion', async () => {
    const order = { url: demo.url, mode: 'file', clip: tenFrames, specification } as const;
    const result = tell('file', await runOfficialClient(order));
    expect(result).toMatchObject({
      ...{ frames: 10, data: 10, frameSize: [640, 480], frameIds: TEN_IDS, frameMetadataIds: TEN_IDS },
      ...{ completed: true, closedByLimit: false, errors: [], fields: ['motion', 'predictions'] },
    });
    expect(result.progress).toEqual([2, 2]);
  });

  it('uploads a file and gets its frames as video; run() ends by the completion', async () => {
    const order = { url: demo.url, mode: 'track', clip: tenFrames, specification } as const;
    const result = tell('track', await runOfficialClient(order));
    expect(result).toMatchObject({ frameIds: TEN_IDS, completed: true, closedByLimit: false, errors: [] });
    // It ends at the completion without waiting for pictures that are still in its decoder.
    expect(result.frames).toBeGreaterThanOrEqual(7);
    expect(result.frames).toBeLessThanOrEqual(10);
  });
});

describe.runIf(tenFrames !== '')('the official client with the aiortc server of these tests', () => {
  it('is satisfied: what our library meets there is the protocol', async () => {
    const server = await AiortcServer.start();
    try {
      const order = { url: server.url, mode: 'file', clip: tenFrames, specification } as const;
      const result = tell('file, aiortc server', await runOfficialClient(order));
      expect(result).toMatchObject({ frames: 10, data: 10, frameIds: TEN_IDS, completed: true });
    } finally {
      await server.close();
    }
  });
});

function tell(mode: string, result: OfficialResult): OfficialResult {
  const { frameIds, frameMetadataIds, ...rest } = result;
  const ids = { frameIds: frameIds.length, frameMetadataIds: frameMetadataIds.length };
  note(`official client (${mode}): ${JSON.stringify({ ...rest, ...ids })}`);
  return result;
}
