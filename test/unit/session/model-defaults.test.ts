import { describe, expect, it } from 'vitest';
import { modelPredictions, withModelDefaults } from '../../../src/session/model-defaults';
import type { SessionOptions } from '../../../src/session/options';

const options = (over: Partial<SessionOptions> = {}): SessionOptions => ({
  server: { url: 'http://server' },
  workflow: { kind: 'model', modelId: 'm/1' },
  source: { kind: 'test-pattern' },
  ...over,
});

describe('the outputs of a model', () => {
  it('are its picture and its predictions unless others are named', () => {
    expect(withModelDefaults(options())).toMatchObject({ streamOutput: ['image'], dataOutput: ['predictions'] });
  });

  it('stay as they are where they are given, nothing included, and nothing else changes', () => {
    const given = options({ streamOutput: null, dataOutput: ['*'], declaredFps: 5 });
    expect(withModelDefaults(given)).toEqual(given);
    expect(withModelDefaults(options({ streamOutput: [] }))).toMatchObject({
      streamOutput: [],
      dataOutput: ['predictions'],
    });
  });

  it('do not touch a workflow, nor the options of the caller', () => {
    const workflow = options({ workflow: { kind: 'specification', specification: {} } });
    expect(withModelDefaults(workflow)).toBe(workflow);
    const model = options();
    withModelDefaults(model);
    expect(model).toEqual(options());
  });

  it('are told verbatim, and as null where none came', () => {
    const predictions = { image: { width: null, height: null }, predictions: [] };
    expect(modelPredictions({ predictions })).toBe(predictions);
    expect(modelPredictions({})).toBeNull();
    expect(modelPredictions(null)).toBeNull();
  });
});
