/** The configuration of `on-data` and `on-frame` nodes, parsed once. */
import type { PictureFormat } from '../../src/index';
import { ConfigReader, ownerName } from './config-reader';

/** What an `on-data` node sends where; outputs in this order: each field, the dictionary, the errors. */
export interface OnDataSettings {
  /** Only this stream; `''` = every stream of the session. */
  stream: string;
  fields: readonly string[];
  wholeDictionary: boolean;
  frameErrors: boolean;
}

/** What a picture can be delivered as; planar pixels would be of no use to any node. */
export type FrameFormat = Exclude<PictureFormat, 'yuv420p'>;

/** FFmpeg's scale for each choice. */
const JPEG_QUALITIES = { good: 4, best: 2, small: 10 };

/** What an `on-frame` node delivers. */
export interface OnFrameSettings {
  stream: string;
  format: FrameFormat;
  /** 2 (best) to 31, for JPEG. */
  jpegQuality: number;
}

/** Throws INVALID_OPTION, also when nothing at all is asked for. */
export function parseOnDataSettings(config: unknown): OnDataSettings {
  const fields = new ConfigReader(config, ownerName('on-data', config));
  const settings = {
    stream: fields.text('stream'),
    fields: fields.names('fields'),
    wholeDictionary: fields.flag('wholeDictionary', false),
    frameErrors: fields.flag('frameErrors', false),
  };
  if (settings.fields.length > 0 || settings.wholeDictionary || settings.frameErrors) return settings;
  throw fields.invalid('fields', 'is empty', 'name an output of the workflow or tick another output');
}

/** Throws INVALID_OPTION. */
export function parseOnFrameSettings(config: unknown): OnFrameSettings {
  const fields = new ConfigReader(config, ownerName('on-frame', config));
  return {
    stream: fields.text('stream'),
    format: fields.choice('format', ['jpeg', 'png', 'bgr24', 'rgb24', 'rgba', 'gray8']),
    jpegQuality: JPEG_QUALITIES[fields.choice('quality', ['good', 'best', 'small'])],
  };
}
