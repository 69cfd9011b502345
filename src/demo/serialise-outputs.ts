/** Outputs of one frame as the JSON of protocol.md E. Pictures become JPEG through the caller's encoder. */
import type { Picture } from '../media/video';
import type { OutputValue } from './workflow-run';
import type { CropOrigin, DetectionsValue, WorkflowValue } from './workflow-values';

/** What goes with every picture (protocol.md E). */
export interface ImageMetadata {
  video_identifier: string;
  frame_number: number;
  frame_timestamp: string;
  fps: number;
  measured_fps: number | null;
  comes_from_video_file: boolean;
}

/** What serialising needs beside the outputs. */
export interface SerialiseContext {
  /** Names, `['*']`, or `[]` for metadata only. */
  dataOutput: readonly string[];
  imageInputName: string;
  imageMetadata: ImageMetadata;
  /** JPEG (quality 80) of a yuv420p picture. */
  encodeJpeg(picture: Picture): Promise<Buffer>;
}

/** `serialized_output_data` and what was wrong with it. */
export interface SerialisedOutputs {
  data: Record<string, unknown> | null;
  errors: string[];
}

/** See the file header. A field that fails is told in its place; the others are sent (protocol.md E). */
export async function serialiseOutputs(outputs: OutputValue[], context: SerialiseContext): Promise<SerialisedOutputs> {
  const { dataOutput } = context;
  if (dataOutput.length === 0) return { data: null, errors: [] };
  const all = dataOutput.length === 1 && dataOutput[0] === '*';
  const errors: string[] = [];
  const data: Record<string, unknown> = {};
  const names = all
    ? outputs.filter(({ value }) => value.kind !== 'image').map(({ output }) => output.name)
    : dataOutput;
  for (const name of names) {
    const found = outputs.find(({ output }) => output.name === name);
    if (found === undefined) {
      errors.push(`Output '${name}' not found`);
      continue;
    }
    try {
      data[name] = await serialiseValue(found, context);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      data[name] = { __serialization_error__: reason };
      errors.push(`${name}: ${reason}`);
    }
  }
  return { data, errors };
}

async function serialiseValue({ output, value }: OutputValue, context: SerialiseContext): Promise<unknown> {
  switch (value.kind) {
    case 'plain':
      return value.value;
    case 'detections':
      return serialiseDetections(value, {
        inputName: context.imageInputName,
        inParent: output.coordinates === 'parent',
      });
    case 'image': {
      const jpeg = await context.encodeJpeg(value.picture);
      return { type: 'base64', value: jpeg.toString('base64'), video_metadata: context.imageMetadata };
    }
  }
}

function serialiseDetections(
  value: DetectionsValue,
  { inputName, inParent }: { inputName: string; inParent: boolean },
): unknown {
  const { origin } = value;
  const shift = inParent && origin !== null ? origin : { offsetX: 0, offsetY: 0, ...value.image };
  const parent = `${inputName}.[0]`;
  const predictions = value.detections.map(({ id, box, more }) => ({
    width: box.width,
    height: box.height,
    x: box.left + box.width / 2 + shift.offsetX,
    y: box.top + box.height / 2 + shift.offsetY,
    confidence: 1,
    class_id: 0,
    class: 'motion',
    detection_id: id,
    parent_id: parent,
    ...more,
    ...(origin === null ? {} : originFields(origin, parent)),
  }));
  const known = predictions.length > 0;
  return { image: { width: known ? shift.width : null, height: known ? shift.height : null }, predictions };
}

function originFields(origin: CropOrigin, root: string): Record<string, unknown> {
  const place = { offset_x: origin.offsetX, offset_y: origin.offsetY, width: origin.width, height: origin.height };
  return { parent_origin: place, root_parent_id: root, root_parent_origin: place };
}

/** The picture of output `name`, if it is one. */
export function pictureOf(outputs: readonly OutputValue[], name: string): Picture | undefined {
  const value: WorkflowValue | undefined = outputs.find(({ output }) => output.name === name)?.value;
  return value?.kind === 'image' ? value.picture : undefined;
}
