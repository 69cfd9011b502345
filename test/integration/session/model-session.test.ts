/** Sessions that run one model: the demo server's stand-ins answer for the models, and for the look-up of task types. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { clip, demo, library, Witness } from './support';

let server: Awaited<ReturnType<typeof demo.startDemoServer>>;
beforeAll(async () => {
  server = await demo.startDemoServer();
});
beforeEach(() => server.setFaults({}));
afterAll(() => server.close());

function modelOptions(modelId: string, over: Partial<SessionOptions> = {}): SessionOptions {
  return {
    server: { url: server.url, platformUrl: server.url, loopbackOnly: true },
    workflow: { kind: 'model', modelId },
    source: { kind: 'test-pattern', width: 320, height: 180, fps: 15 },
    frameFormats: ['gray8'],
    ...over,
  };
}

const found = (value: unknown): Record<string, unknown> => value as Record<string, unknown>;
const SHAPES: Record<string, (value: Record<string, unknown>) => boolean> = {
  'object-detection': (value) => first(value)['class'] === 'motion' && first(value)['points'] === undefined,
  'instance-segmentation': (value) => Array.isArray(first(value)['points']),
  'keypoint-detection': (value) => Array.isArray(first(value)['keypoints']),
  classification: (value) => value['top'] === 'moving' && Array.isArray(value['predictions']),
  'multi-label-classification': (value) => found(value['predictions'])['moving'] !== undefined,
  'semantic-segmentation': (value) => first(value)['class'] === 'motion' && found(value['image'])['width'] === null,
};
const first = (value: Record<string, unknown>): Record<string, unknown> =>
  Array.isArray(value['predictions']) ? found(value['predictions'][0] ?? {}) : {};

describe('a model by its id', () => {
  it.each(Object.keys(SHAPES))(
    'runs for %s, its task type looked up, predictions with their pictures',
    async (type) => {
      await using session = new library.WebRTCSession(modelOptions(`demo-${type}`), { thread: 'none' });
      const witness = new Witness(session);
      session.start();
      const fits = SHAPES[type] ?? (() => false);
      await witness.until(() => witness.frames.some((frame) => fits(found(frame.predictions ?? {}))));
      expect(Object.keys(witness.data.at(-1)?.outputs ?? {})).toEqual(['predictions']);
      expect(witness.frames.at(-1)).toMatchObject({ format: 'gray8', width: 320, height: 180 });
      expect(witness.warnings).toEqual([]);
    },
  );

  it('ends at once, with what to do, where there is no such model or no such task type', async () => {
    const unknown = new library.WebRTCSession(modelOptions('nobody/7'), { thread: 'none' });
    await expect(unknown.run()).rejects.toMatchObject({
      code: 'WORKFLOW_NOT_FOUND',
      message: expect.stringMatching(/“nobody\/7”.*no such model.*give the task type/) as string,
    });
    const wrong = { kind: 'model', modelId: 'demo-classification', taskType: 'object-detection' } as const;
    const session = new library.WebRTCSession(modelOptions('', { workflow: wrong }), { thread: 'none' });
    await expect(session.run()).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      message: expect.stringMatching(/Block “model”.*property “model_id”: .*"demo-object-detection"/) as string,
    });
  });

  it('gives pictures null where their predictions never come, and lets none of them wait for ever', async () => {
    server.setFaults({ stallDataAfter: 20 });
    await using session = new library.WebRTCSession(modelOptions('demo-object-detection'), { thread: 'none' });
    const witness = new Witness(session);
    session.start();
    await witness.until(() => witness.frames.filter(({ outputs }) => outputs === null).length >= 12);
    const alone = witness.frames.filter(({ outputs }) => outputs === null);
    expect(witness.frames.some(({ outputs }) => outputs !== null)).toBe(true);
    expect(alone.every(({ predictions }) => predictions === null)).toBe(true);
    expect(witness.data).toHaveLength(20);
  });

  it.skipIf(!existsSync(clip('ten-frames.mp4')))('runs over every frame of a file', async () => {
    const source = { kind: 'upload', path: clip('ten-frames.mp4') } as const;
    const options = modelOptions('demo-object-detection', { source, frameFormats: ['jpeg'] });
    const session = new library.WebRTCSession(options, { thread: 'none' });
    const witness = new Witness(session);
    await session.run();
    expect(witness.data).toHaveLength(10);
    expect(witness.frames).toHaveLength(10);
    expect(witness.frames.every(({ outputs }) => Object.keys(outputs ?? {}).join() === 'predictions')).toBe(true);
  });
});
