import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../../src/session/options';
import { changedOutputs } from '../../../src/session/output-change';
import type { OutputChange } from '../../../src/session/output-change';

const specification = { outputs: ['image', 'boxes', 'count'].map((name) => ({ type: 'JsonField', name })) };
const options = (over: Partial<SessionOptions> = {}): SessionOptions => ({
  server: { url: 'http://server' },
  workflow: { kind: 'specification', specification },
  source: { kind: 'test-pattern' },
  streamOutput: ['image'],
  dataOutput: ['count'],
  ...over,
});
const saved = { kind: 'saved', workspaceName: 'w', workflowId: 'i' } as const;

describe('other outputs for a running session', () => {
  it.each<[string, OutputChange, Partial<SessionOptions>]>([
    ['nothing', {}, {}],
    ['names', { dataOutput: ['boxes', 'count'] }, {}],
    ['everything', { dataOutput: ['*'] }, {}],
    ['metadata only', { dataOutput: [] }, {}],
    ['another picture', { streamOutput: ['boxes'] }, {}],
    ['a picture where the server found the first', { streamOutput: ['boxes'] }, { streamOutput: null }],
    ['any name of a saved workflow, which only the server knows', { dataOutput: ['anything'] }, { workflow: saved }],
  ])('may be %s', (_, change, over) => {
    const before = options(over);
    expect(changedOutputs(before, change)).toEqual({ ...before, ...change });
    expect(before).toEqual(options(over));
  });

  it.each<{ what: string; change: OutputChange; over?: Partial<SessionOptions>; message: RegExp }>([
    { what: 'no video any more', change: { streamOutput: [] }, message: /changed but not ended/ },
    {
      what: 'video where there is none',
      change: { streamOutput: ['boxes'] },
      over: { streamOutput: [] },
      message: /has no video/,
    },
    { what: 'everything and a name', change: { dataOutput: ['*', 'count'] }, message: /stands alone/ },
    {
      what: 'everything beside pictures in messages of a saved workflow',
      change: { dataOutput: ['*'] },
      over: { workflow: saved, source: { kind: 'upload', path: '/a.mp4' } },
      message: /cannot be asked of a saved workflow/,
    },
  ])('may not be $what', ({ change, over, message }) => {
    expect(() => changedOutputs(options(over), change)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(message) as string }) as Error,
    );
  });

  it('that the workflow does not have are named, with those that it has', () => {
    expect(() => changedOutputs(options(), { dataOutput: ['cuont'] })).toThrow(
      expect.objectContaining({
        code: 'OUTPUT_UNKNOWN',
        message: 'The workflow has no output “cuont”. It offers: image, boxes, count.',
        details: { unknown: ['cuont'], validOutputs: ['image', 'boxes', 'count'] },
      }) as Error,
    );
    const model = options({ workflow: { kind: 'model', modelId: 'm' } });
    expect(() => changedOutputs(model, { dataOutput: ['boxes'] })).toThrow(/It offers: predictions, image/);
  });

  it('are judged for callers without types too', () => {
    const wrong = { dataOutput: 'count' } as unknown as OutputChange;
    expect(() => changedOutputs(options(), wrong)).toThrow(/must be a list of names/);
  });
});
