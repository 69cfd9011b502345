import { describe, expect, it } from 'vitest';
import { serialiseOutputs, type SerialiseContext } from '../../../src/demo/serialise-outputs';
import type { OutputValue } from '../../../src/demo/workflow-run';
import type { CropOrigin, WorkflowValue } from '../../../src/demo/workflow-values';
import { grey } from './grey-picture';

const CONTEXT: SerialiseContext = {
  dataOutput: ['*'],
  imageInputName: 'image',
  imageMetadata: {
    video_identifier: 'demo',
    frame_number: 1,
    frame_timestamp: '2026-01-01T00:00:00.000000',
    fps: 30,
    measured_fps: null,
    comes_from_video_file: false,
  },
  encodeJpeg: () => Promise.resolve(Buffer.from('jpeg')),
};

function outputOf(name: string, value: WorkflowValue, coordinates: 'own' | 'parent' = 'own'): OutputValue {
  return { output: { name, selector: { kind: 'input', name }, kinds: [], coordinates }, value };
}

function detections(origin: CropOrigin | null, count = 1): WorkflowValue {
  const box = { left: 10, top: 20, width: 40, height: 80 };
  const found = Array.from({ length: count }, (_, index) => ({ id: `id-${index}`, box }));
  return { kind: 'detections', detections: found, image: { width: 640, height: 480 }, origin };
}

const IMAGE = outputOf('image', { kind: 'image', picture: grey(4, 4, 0), origin: null });
const MOTION = outputOf('motion', { kind: 'plain', value: true });

describe('serialiseOutputs', () => {
  it('writes detections as upstream does, centres included', async () => {
    const { data, errors } = await serialiseOutputs([outputOf('predictions', detections(null))], CONTEXT);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      predictions: {
        image: { width: 640, height: 480 },
        predictions: [
          {
            ...{ width: 40, height: 80, x: 30, y: 60, confidence: 1, class_id: 0, class: 'motion' },
            ...{ detection_id: 'id-0', parent_id: 'image.[0]' },
          },
        ],
      },
    });
  });

  it('leaves the picture size null without detections', async () => {
    const { data } = await serialiseOutputs([outputOf('predictions', detections(null, 0))], CONTEXT);
    expect(data).toEqual({ predictions: { image: { width: null, height: null }, predictions: [] } });
  });

  it('tells detections of a crop in its own coordinates or in those of the whole picture', async () => {
    const origin = { offsetX: 100, offsetY: 50, width: 1920, height: 1080 };
    const own = await serialiseOutputs([outputOf('p', detections(origin))], CONTEXT);
    expect(own.data).toMatchObject({
      p: { image: { width: 640 }, predictions: [{ x: 30, root_parent_id: 'image.[0]' }] },
    });
    const parent = await serialiseOutputs([outputOf('p', detections(origin), 'parent')], CONTEXT);
    const place = { offset_x: 100, offset_y: 50, width: 1920, height: 1080 };
    expect(parent.data).toMatchObject({
      p: { image: { width: 1920 }, predictions: [{ x: 130, y: 110, parent_origin: place }] },
    });
  });

  it('sends nothing but metadata for an empty list', async () => {
    const result = await serialiseOutputs([MOTION], { ...CONTEXT, dataOutput: [] });
    expect(result).toEqual({ data: null, errors: [] });
  });

  it('leaves top-level pictures out of "*" and sends them when named', async () => {
    expect((await serialiseOutputs([MOTION, IMAGE], CONTEXT)).data).toEqual({ motion: true });
    const named = await serialiseOutputs([MOTION, IMAGE], { ...CONTEXT, dataOutput: ['image'] });
    const value = Buffer.from('jpeg').toString('base64');
    expect(named.data).toEqual({ image: { type: 'base64', value, video_metadata: CONTEXT.imageMetadata } });
  });

  it('tells a missing output as an error and sends the others', async () => {
    const result = await serialiseOutputs([MOTION], { ...CONTEXT, dataOutput: ['nothing', 'motion'] });
    expect(result).toEqual({ data: { motion: true }, errors: ["Output 'nothing' not found"] });
  });

  it('puts the reason in the place of a field that cannot be encoded', async () => {
    const encodeJpeg = () => Promise.reject(new Error('no encoder'));
    const result = await serialiseOutputs([IMAGE], { ...CONTEXT, dataOutput: ['image'], encodeJpeg });
    expect(result).toEqual({
      data: { image: { __serialization_error__: 'no encoder' } },
      errors: ['image: no encoder'],
    });
  });
});
