import { describe, expect, it } from 'vitest';
import { frameFailure } from '../../../nodes/runtime/frame-failure';
import { dataEvent } from './events';

describe('frameFailure', () => {
  it('is silent while frames go well, also when a field has not arrived yet', () => {
    expect(frameFailure(dataEvent({ a: 1 }), ['a', 'b'])).toBeUndefined();
  });

  it('names the outputs that are missing', () => {
    const failure = frameFailure(dataEvent({ a: 1 }, ["Output 'b' not found"]), ['a', 'b']);
    expect(failure).toMatchObject({ code: 'OUTPUT_UNKNOWN', details: { frameId: 7, missing: ['b'] } });
    expect(failure?.message).toContain('"b"');
  });

  it('tells other failures of the workflow, cut to a readable length', () => {
    const failure = frameFailure(dataEvent({ a: null }, ['x'.repeat(10_000), 'visualisation failed']), ['a', '*']);
    expect(failure).toMatchObject({ code: 'WORKFLOW_FAILED', details: { errors: 2 } });
    expect(failure?.message.length).toBeLessThan(400);
  });

  it('takes a frame without any output for one that lacks them all', () => {
    expect(frameFailure(dataEvent(null, ['no']), ['a'])).toMatchObject({ details: { missing: ['a'] } });
    expect(frameFailure(dataEvent(null, ['no']), [])).toMatchObject({ code: 'WORKFLOW_FAILED' });
  });
});
