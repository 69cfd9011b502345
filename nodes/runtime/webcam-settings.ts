/** The fields of a `webrtc-stream` node whose source is a webcam: typed settings, and, with templates filled in, its spec. */
import type { WebcamSpec } from '../../src/index';
import type { ConfigReader } from './config-reader';
import { present } from './present';
import { renderTemplate } from './templates';
import type { TemplateScope } from './templates';

/** `device` may still be a template; empty: the first webcam. */
export interface WebcamSettings {
  kind: 'webcam';
  device: string;
  width?: number;
  height?: number;
  fps?: number;
  video: 'auto' | 'encode';
}

/** Throws INVALID_OPTION. */
export function parseWebcam(fields: ConfigReader): WebcamSettings {
  const width = fields.number('width', { min: 16, max: 7_680, integer: true });
  const height = fields.number('height', { min: 16, max: 4_320, integer: true });
  if ((width === undefined) !== (height === undefined)) {
    throw fields.invalid(width === undefined ? 'width' : 'height', 'is empty', 'enter both width and height, or none');
  }
  return {
    kind: 'webcam',
    device: fields.text('device'),
    ...present('width', width),
    ...present('height', height),
    ...present('fps', fields.number('fps', { min: 1, max: 240 })),
    video: fields.choice('video', ['auto', 'encode']),
  };
}

/** Rejects TEMPLATE_UNRESOLVED. */
export async function resolveWebcam(settings: WebcamSettings, scope: TemplateScope): Promise<WebcamSpec> {
  return { ...settings, device: await renderTemplate(settings.device, 'device', scope) };
}
