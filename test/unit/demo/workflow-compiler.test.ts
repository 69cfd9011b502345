import { describe, expect, it } from 'vitest';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../../src/demo/demo-workflow';
import { describeInterface } from '../../../src/demo/describe-interface';
import { compileWorkflow, imageOutputs } from '../../../src/demo/workflow-compiler';
import { WorkflowRefusal } from '../../../src/demo/workflow-refusal';
import { WorkflowRun } from '../../../src/demo/workflow-run';
import { grey } from './grey-picture';

const IMAGE = { type: 'InferenceImage', name: 'image' };
const MOTION = { type: 'roboflow_core/motion_detection@v1', name: 'motion', image: '$inputs.image' };
const output = (name: string, selector: string) => ({ type: 'JsonField', name, selector });

function specification(parts: { inputs?: unknown[]; steps?: unknown[]; outputs?: unknown[] }): unknown {
  return { version: '1.0', inputs: [IMAGE], steps: [MOTION], outputs: [], ...parts };
}

function nested(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
}

function refusalOf(spec: unknown): WorkflowRefusal {
  try {
    compileWorkflow(spec);
  } catch (thrown) {
    if (thrown instanceof WorkflowRefusal) return thrown;
    throw thrown;
  }
  throw new Error('The workflow was accepted.');
}

describe('compileWorkflow', () => {
  it('accepts the demo workflow and finds its picture output', () => {
    const workflow = compileWorkflow(DEMO_WORKFLOW_SPECIFICATION);
    expect(workflow.outputs.map(({ name }) => name)).toEqual(['predictions', 'motion', 'alarm', 'image']);
    expect(imageOutputs(workflow)).toEqual(['image']);
  });

  it('runs steps in the order of their references, whatever the order of the definition', () => {
    const boxes = {
      type: 'roboflow_core/bounding_box_visualization@v1',
      name: 'boxes',
      image: '$steps.crop.crops',
      predictions: '$steps.motion.detections',
    };
    const crop = {
      ...{ type: 'roboflow_core/absolute_static_crop@v1', name: 'crop', images: '$inputs.image' },
      ...{ x_center: 100, y_center: 100, width: 80, height: 80 },
    };
    const motion = { ...MOTION, image: '$steps.crop.crops' };
    const workflow = compileWorkflow(specification({ steps: [boxes, motion, crop] }));
    expect(workflow.steps.map(({ name }) => name)).toEqual(['crop', 'motion', 'boxes']);
  });

  it('names every step whose block this server does not have', () => {
    const model = { type: 'roboflow_core/florence_2@v1', name: 'model', images: '$inputs.image' };
    const refusal = refusalOf(specification({ steps: [MOTION, model] }));
    expect(refusal.kind).toBe('syntax');
    expect(refusal.blocks).toMatchObject([{ block_id: 'model', block_type: model.type, property_name: null }]);
  });

  it.each([
    ['history', 0],
    ['history', 'thirty'],
    ['minimum_contour_area', 1.5],
    ['morphological_kernel_size', 1000],
    ['suppress_first_detections', 'yes'],
    ['detection_zone', [[1, 2]]],
    ['detection_zone', 'no json'],
    ['detection_zone', Array.from({ length: 300 }, () => [1, 2])],
    ['image', 'a.jpg'],
  ])('refuses the value of property %s: %j', (property, value) => {
    const refusal = refusalOf(specification({ steps: [{ ...MOTION, [property]: value }] }));
    expect(refusal.kind).toBe('syntax');
    expect(refusal.blocks).toMatchObject([{ block_id: 'motion', property_name: property }]);
  });

  it.each([
    ['no object at all', []],
    ['no steps', { version: '1.0', inputs: [], outputs: [] }],
    ['an unknown input type', specification({ inputs: [{ type: 'Nothing', name: 'image' }] })],
    ['an output without a selector', specification({ outputs: [{ type: 'JsonField', name: 'a' }] })],
    ['an output with a malformed selector', specification({ outputs: [output('a', 'steps.motion.motion')] })],
    ['an input type nested without end', specification({ inputs: [{ type: nested(20_000), name: 'image' }] })],
    ['steps without end', specification({ steps: Array.from({ length: 65 }, () => MOTION) })],
    ['two steps of one name', specification({ steps: [MOTION, MOTION] })],
  ])('refuses as syntax: %s', (_what, spec) => {
    expect(refusalOf(spec).kind).toBe('syntax');
  });

  it.each([
    ['an output of a step that does not exist', specification({ outputs: [output('a', '$steps.nothing.image')] })],
    ['an output that a step does not have', specification({ outputs: [output('a', '$steps.motion.nothing')] })],
    ['what every object inherits', specification({ outputs: [output('a', '$steps.motion.constructor')] })],
    ['an input that does not exist', specification({ steps: [{ ...MOTION, image: '$inputs.nothing' }] })],
    ['a boolean where a picture is needed', specification({ steps: [{ ...MOTION, image: '$steps.motion.motion' }] })],
    ['a picture where a number is needed', specification({ steps: [{ ...MOTION, history: '$inputs.image' }] })],
    [
      'a circle',
      specification({
        steps: ['a', 'b'].map((name, index, names) => ({
          ...{ type: 'roboflow_core/absolute_static_crop@v1', name, x_center: 1, y_center: 1, width: 1, height: 1 },
          images: `$steps.${names[1 - index] ?? ''}.crops`,
        })),
      }),
    ],
  ])('refuses as a bad reference: %s', (_what, spec) => {
    expect(refusalOf(spec).kind).toBe('reference');
  });
});

describe('WorkflowRun', () => {
  const parametrised = specification({
    inputs: [IMAGE, { type: 'WorkflowParameter', name: 'frames', default_value: 2 }],
    steps: [{ ...MOTION, history: '$inputs.frames' }],
    outputs: [output('motion', '$steps.motion.motion')],
  });

  it('takes parameters from the session, or their default', () => {
    const workflow = compileWorkflow(parametrised);
    for (const parameters of [{}, { frames: 5 }]) {
      const run = new WorkflowRun(workflow, { imageInputName: 'image', parameters });
      expect(run.process(grey(64, 64, 10))).toMatchObject([{ value: { kind: 'plain', value: false } }]);
    }
  });

  it('fails on each frame when a parameter or the picture input does not fit', () => {
    const workflow = compileWorkflow(parametrised);
    const wrong = new WorkflowRun(workflow, { imageInputName: 'image', parameters: { frames: 'many' } });
    expect(() => wrong.process(grey(64, 64, 10))).toThrow("'history'");
    expect(() => wrong.process(grey(64, 64, 10))).toThrow("'history'");
    const misnamed = new WorkflowRun(workflow, { imageInputName: 'picture', parameters: {} });
    expect(() => misnamed.process(grey(64, 64, 10))).toThrow("'image'");
  });
});

describe('describeInterface', () => {
  it('tells the kinds of inputs and outputs', () => {
    const { status, body } = describeInterface(compileWorkflow(DEMO_WORKFLOW_SPECIFICATION));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      inputs: { image: ['image'] },
      outputs: {
        predictions: ['object_detection_prediction'],
        motion: ['boolean'],
        alarm: ['boolean'],
        image: ['image'],
      },
    });
  });

  it('refuses a workflow that hands an input through', () => {
    const { status } = describeInterface(compileWorkflow(specification({ outputs: [output('raw', '$inputs.image')] })));
    expect(status).toBe(400);
  });
});
