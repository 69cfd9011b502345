/** The configuration of `on-data` and `on-frame` nodes, parsed once. */
import { isRecord } from '../../src/index';
import type { PictureFit, PictureFormat, PicturePace } from '../../src/index';
import { ConfigReader, ownerName } from './config-reader';
import type { Emission } from './field-gate';
import { parseAcknowledgement } from './flow-acknowledgement';
import type { Acknowledgement } from './flow-acknowledgement';
import type { Pacing } from './frame-pacer';
import { parseOutputPath } from './output-path';
import { upToDate } from './up-to-date';
import type { PictureWants } from './wanted-pictures';

/** One output of an `on-data` node. */
export interface FieldSettings {
  /** As the author wrote it: `msg.topic`. */
  path: string;
  /** The first names an output of the workflow. */
  segments: readonly string[];
  emission: Emission;
}

/** What an `on-data` node sends where; outputs in this order: each field, the dictionary, the errors, the end. */
export interface OnDataSettings {
  /** Only this stream; `''` = every stream of the session. */
  stream: string;
  fields: readonly FieldSettings[];
  wholeDictionary: boolean;
  frameErrors: boolean;
  endOfStream: boolean;
  /** Pictures inside outputs leave as Buffers. */
  buffers: boolean;
  /** Annotations, objects and counts beside predictions. */
  shapes: boolean;
  acknowledgement: Acknowledgement;
}

/** What a picture can be delivered as; planar pixels would be of no use to any node. */
export type FrameFormat = Exclude<PictureFormat, 'yuv420p'>;

/** FFmpeg's scale for each choice. */
const JPEG_QUALITIES = { good: 4, best: 2, small: 10 };

/** Of a picture that is made to fit, in pixels. */
const MIN_SIDE = 16;
const MAX_SIDE = 8_192;

/** What an `on-frame` node delivers. */
export interface OnFrameSettings {
  stream: string;
  format: FrameFormat;
  /** 2 (best) to 31, for JPEG. */
  jpegQuality: number;
  /** Undefined: as large as the frame. */
  fit: PictureFit | undefined;
  pacing: Pacing;
  /** `at-once` unless every frame is sent. */
  acknowledgement: Acknowledgement;
  /** Where the predictions stand that go along as annotations, objects and counts; empty: none do. */
  shapesFrom: readonly string[];
}

/** Throws INVALID_OPTION, also when nothing at all is asked for. */
export function parseOnDataSettings(config: unknown): OnDataSettings {
  const current = upToDate('on-data', config);
  const fields = new ConfigReader(current, ownerName('on-data', config));
  const settings = {
    stream: fields.text('stream'),
    fields: parseFields(fields, current['fields']),
    wholeDictionary: fields.flag('wholeDictionary', false),
    frameErrors: fields.flag('frameErrors', false),
    endOfStream: fields.flag('endOfStream', false),
    buffers: fields.flag('buffers', false),
    shapes: fields.flag('shapes', false),
    acknowledgement: parseAcknowledgement(fields),
  };
  const { wholeDictionary, frameErrors, endOfStream } = settings;
  if (settings.fields.length > 0 || wholeDictionary || frameErrors || endOfStream) return settings;
  throw fields.invalid('fields', 'is empty', 'name an output of the workflow or tick another output');
}

/** A list of names or of `{ path, emit }`; first versions knew names only. */
function parseFields(reader: ConfigReader, value: unknown): FieldSettings[] {
  const entries: unknown[] = Array.isArray(value) ? value : reader.names('fields');
  const settings = entries.map((entry) => {
    if (typeof entry !== 'string' && !isRecord(entry)) {
      throw reader.invalid('fields', 'holds something that is not a name', 'enter names');
    }
    const field = reader.of(typeof entry === 'string' ? { fields: entry } : { fields: entry['path'], ...entry });
    const path = field.text('fields');
    const emission = field.choice('emit', ['always', 'change', 'not-empty']);
    const segments = parseOutputPath(path);
    if (segments !== undefined) return { path, segments, emission };
    const remedy = 'write it as output, output.field or output.list[0], names with dots as ["a.b"]';
    throw reader.invalid('fields', `holds the path "${path}"`, remedy);
  });
  return settings;
}

/** Throws INVALID_OPTION. */
export function parseOnFrameSettings(config: unknown): OnFrameSettings {
  const fields = new ConfigReader(upToDate('on-frame', config), ownerName('on-frame', config));
  const pacing = parsePacing(fields);
  return {
    stream: fields.text('stream'),
    format: fields.choice('format', ['jpeg', 'png', 'bgr24', 'rgb24', 'rgba', 'gray8']),
    jpegQuality: JPEG_QUALITIES[fields.choice('quality', ['good', 'best', 'small'])],
    fit: parseFit(fields),
    pacing,
    acknowledgement: pacing.kind === 'every' ? parseAcknowledgement(fields) : { kind: 'at-once' },
    shapesFrom: parseShapesFrom(fields),
  };
}

/** What a node asks of its streams; its first output is asked for beside the picture where boxes go along. */
export function frameWants(settings: OnFrameSettings): PictureWants & { kind: 'frame'; fields: readonly string[] } {
  const { format, jpegQuality, fit, pacing, shapesFrom } = settings;
  return { kind: 'frame', format, jpegQuality, fit, pace: paceOf(pacing), fields: shapesFrom.slice(0, 1) };
}

/** When a picture is worth making. */
function paceOf(pacing: Pacing): PicturePace {
  if (pacing.kind === 'every') return pacing;
  return pacing.kind === 'rate' ? { kind: 'interval', intervalMs: pacing.intervalMs } : { kind: 'request' };
}

/** One side may be left free. */
function parseFit(fields: ConfigReader): PictureFit | undefined {
  const width = fields.number('fitWidth', { min: MIN_SIDE, max: MAX_SIDE });
  const height = fields.number('fitHeight', { min: MIN_SIDE, max: MAX_SIDE });
  if (width === undefined && height === undefined) return undefined;
  return { width: Math.floor(width ?? MAX_SIDE), height: Math.floor(height ?? MAX_SIDE) };
}

function parseShapesFrom(fields: ConfigReader): readonly string[] {
  const path = fields.text('shapesFrom');
  if (path === '') return [];
  const segments = parseOutputPath(path);
  if (segments !== undefined) return segments;
  throw fields.invalid('shapesFrom', `is "${path}"`, 'write an output that holds predictions, or a path to them');
}

function parsePacing(fields: ConfigReader): Pacing {
  const seconds = (field: string, whenEmpty: number) =>
    1_000 * (fields.number(field, { min: 1, max: 3_600 }) ?? whenEmpty);
  const kind = fields.choice('pace', ['every', 'limit', 'interval', 'request', 'in-flight']);
  switch (kind) {
    case 'every':
      return { kind };
    case 'limit':
      return { kind: 'rate', intervalMs: 1_000 / (fields.number('perSecond', { min: 0.1, max: 60 }) ?? 5) };
    case 'interval':
      return { kind: 'rate', intervalMs: 1_000 * (fields.number('everySeconds', { min: 1, max: 86_400 }) ?? 10) };
    case 'request':
      return { kind, waitMs: seconds('waitSeconds', 10) };
    case 'in-flight':
      return { kind, releaseMs: seconds('releaseSeconds', 10) };
  }
}
