import { describe, expect, it } from 'vitest';
import {
  interfaceOfSpecification,
  parseDescription,
  passesInputsOn,
  withDefaults,
} from '../../../src/signalling/workflow-interface';

const specification = {
  version: '1.0',
  inputs: [
    { type: 'WorkflowImage', name: 'picture' },
    { type: 'WorkflowParameter', name: 'threshold', kind: ['float'], default_value: 0.5 },
    { type: 'InferenceParameter', name: 'label' },
    { type: 'WorkflowVideoMetadata', name: 'video' },
  ],
  steps: [],
  outputs: [
    { type: 'JsonField', name: 'predictions', selector: '$steps.model.predictions' },
    { type: 'JsonField', name: 'raw', selector: '$inputs.picture' },
  ],
};

describe('the description of a workflow by a server', () => {
  it('gives inputs and outputs with their kinds, and what stands in an output that holds a whole step', () => {
    expect(
      parseDescription({
        inputs: { image: ['image'], threshold: ['float', 'integer'], video_metadata: ['video_metadata'] },
        outputs: { motion: ['boolean'], step: { image: ['image'], found: [{ name: 'boolean' }] } },
        typing_hints: {},
        kinds_schemas: {},
      }),
    ).toEqual({
      told: 'server',
      inputs: [
        { name: 'image', kind: 'image', kinds: ['image'] },
        { name: 'threshold', kind: 'parameter', kinds: ['float', 'integer'] },
        { name: 'video_metadata', kind: 'metadata', kinds: ['video_metadata'] },
      ],
      outputs: [
        { name: 'motion', kinds: ['boolean'] },
        {
          ...{ name: 'step', kinds: [] },
          properties: [
            { name: 'image', kinds: ['image'] },
            { name: 'found', kinds: ['boolean'] },
          ],
        },
      ],
    });
  });

  it.each([null, [], 'text', {}, { inputs: [], outputs: {} }, { inputs: {} }])('is not found in %j', (json) => {
    expect(parseDescription(json)).toBeUndefined();
  });

  it('takes no more names than anyone has, and none that is endless', () => {
    const outputs = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`output${index}`, ['*']]));
    const told = parseDescription({ inputs: { ['x'.repeat(300)]: ['*'], '': ['*'] }, outputs });
    expect(told?.inputs).toEqual([]);
    expect(told?.outputs).toHaveLength(200);
  });
});

describe('a specification', () => {
  it('tells the names, and the kinds and defaults of its parameters', () => {
    expect(interfaceOfSpecification(specification)).toEqual({
      told: 'specification',
      inputs: [
        { name: 'picture', kind: 'image', kinds: ['image'] },
        { name: 'threshold', kind: 'parameter', kinds: ['float'], default: 0.5 },
        { name: 'label', kind: 'parameter', kinds: [] },
        { name: 'video', kind: 'metadata', kinds: ['video_metadata'] },
      ],
      outputs: [
        { name: 'predictions', kinds: [] },
        { name: 'raw', kinds: [] },
      ],
    });
    expect(interfaceOfSpecification({ outputs: 'none' })).toBeUndefined();
    expect(interfaceOfSpecification({ outputs: [{}, 7, { name: 3 }] })?.outputs).toEqual([]);
  });

  it('adds defaults to what the server described, and nothing else', () => {
    const described = parseDescription({ inputs: { threshold: ['float'], label: ['*'] }, outputs: {} });
    if (described === undefined) throw new Error('not described');
    expect(withDefaults(described, specification).inputs).toEqual([
      { name: 'threshold', kind: 'parameter', kinds: ['float'], default: 0.5 },
      { name: 'label', kind: 'parameter', kinds: ['*'] },
    ]);
    expect(withDefaults(described, undefined)).toEqual(described);
  });

  it('shows whether an output only passes an input on', () => {
    expect(passesInputsOn(specification)).toBe(true);
    expect(passesInputsOn({ outputs: specification.outputs.slice(0, 1) })).toBe(false);
    expect(passesInputsOn(null)).toBe(false);
  });
});

describe('a specification from anywhere', () => {
  it('may hold what cannot be written as text', () => {
    const endless: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    const inputs = [{ type: 'WorkflowParameter', name: 'deep', default_value: endless }];
    const outputs = [{ type: 'JsonField', name: 'out', selector: { toString: 1, valueOf: 1 } }];
    expect(interfaceOfSpecification({ inputs, outputs })).toMatchObject({
      inputs: [{ name: 'deep' }],
      outputs: [{ name: 'out' }],
    });
    expect(interfaceOfSpecification({ inputs, outputs })?.inputs[0]).not.toHaveProperty('default');
    expect(passesInputsOn({ inputs, outputs })).toBe(false);
  });
});
