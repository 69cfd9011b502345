/** What the wires of a flow need from the server: pure, from the listeners of a stream to the outputs to ask for. */
import type { PictureFormat } from '../../src/index';
import type { OutputPolicy } from './session-settings';

/** What one listening node needs. */
export type ListenerWants =
  | { kind: 'data'; fields: readonly string[]; wholeDictionary: boolean }
  /** `fields`: outputs that must come along with the picture. */
  | { kind: 'frame'; format: PictureFormat; jpegQuality?: number; fields?: readonly string[] };

/** As `SessionOptions` has them; sorted, so that equal needs are equal lists. */
export interface WantedOutputs {
  streamOutput: string[] | null;
  dataOutput: string[];
  frameFormats: PictureFormat[];
  /** The best that any node asks for: one JPEG is made for all. */
  jpegQuality?: number;
}

/** How a running session gets from one set of outputs to another. */
export type OutputChange =
  | { kind: 'none' }
  /** Over the data channel, nothing is interrupted. */
  | { kind: 'reconfigure'; dataOutput: string[] }
  /** Video is negotiated once a session and decoders start with it. */
  | { kind: 'restart' };

/** Unions the needs (protocol.md C.2); a name given by hand wins over them. */
export function wantedOutputs(listeners: Iterable<ListenerWants>, policy: OutputPolicy): WantedOutputs {
  const all = [...listeners];
  const fields = new Set(all.flatMap((wants) => wants.fields ?? []));
  const whole = all.some((wants) => wants.kind === 'data' && wants.wholeDictionary);
  const frames = all.filter((wants) => wants.kind === 'frame');
  const formats = new Set(frames.map((wants) => wants.format));
  const qualities = frames.flatMap(({ format, jpegQuality }) =>
    format === 'jpeg' && jpegQuality !== undefined ? [jpegQuality] : [],
  );
  const video = policy.video === 'always' || (policy.video === 'auto' && formats.size > 0);
  if (video) for (const field of policy.withPictures ?? []) fields.add(field);
  // `*` counts only when it stands alone.
  const needed = whole ? ['*'] : [...fields].sort();
  return {
    streamOutput: video ? videoOutput(policy) : [],
    dataOutput: policy.data === 'auto' ? needed : [...policy.data],
    frameFormats: video ? [...formats].sort() : [],
    ...(video && qualities.length > 0 ? { jpegQuality: Math.min(...qualities) } : {}),
  };
}

/** What has to happen for a session that was started with `now` to serve `next`. */
export function outputChange(now: WantedOutputs, next: WantedOutputs): OutputChange {
  const videoChanged =
    !same(now.streamOutput, next.streamOutput) ||
    !same(now.frameFormats, next.frameFormats) ||
    now.jpegQuality !== next.jpegQuality;
  if (videoChanged) return { kind: 'restart' };
  if (same(now.dataOutput, next.dataOutput)) return { kind: 'none' };
  return { kind: 'reconfigure', dataOutput: next.dataOutput };
}

function videoOutput(policy: OutputPolicy): string[] | null {
  return policy.imageOutput === null ? null : [policy.imageOutput];
}

function same(one: readonly string[] | null, other: readonly string[] | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
