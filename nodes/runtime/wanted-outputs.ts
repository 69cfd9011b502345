/** What the wires of a flow need from the server: pure, from the listeners of a stream to the outputs to ask for. */
import type { PictureOptions } from '../../src/index';
import type { OutputPolicy } from './session-settings';
import { PREVIEW, samePictures, wantedPictures } from './wanted-pictures';
import type { PictureWants } from './wanted-pictures';

/** What one listening node needs. */
export type ListenerWants =
  | { kind: 'data'; fields: readonly string[]; wholeDictionary: boolean }
  /** `fields`: outputs that must come along with the picture. */
  | ({ kind: 'frame'; fields?: readonly string[] } & PictureWants)
  /** The editor looks at what there is. */
  | { kind: 'preview' };

/** As `SessionOptions` has them; sorted, so that equal needs are equal lists. */
export interface WantedOutputs {
  streamOutput: string[] | null;
  dataOutput: string[];
  /** That of the preview included, wherever there is video. */
  pictures: PictureOptions[];
}

/** How a running session gets from one set of outputs to another. */
export type OutputChange =
  | { kind: 'none' }
  /** While it runs, nothing is interrupted. */
  | { kind: 'reconfigure'; dataOutput?: string[]; pictures?: PictureOptions[] }
  /** Video is negotiated once a session and decoders start with it. */
  | { kind: 'restart' };

/** Unions the needs (protocol.md C.2); a name given by hand wins over them. */
export function wantedOutputs(listeners: Iterable<ListenerWants>, policy: OutputPolicy): WantedOutputs {
  const all = [...listeners];
  const fields = new Set(all.flatMap((wants) => ('fields' in wants ? (wants.fields ?? []) : [])));
  const whole = all.some((wants) => wants.kind === 'data' && wants.wholeDictionary);
  const frames = all.filter((wants) => wants.kind === 'frame');
  const video = policy.video === 'always' || (policy.video === 'auto' && frames.length > 0);
  if (video) for (const field of policy.withPictures ?? []) fields.add(field);
  // `*` counts only when it stands alone.
  const needed = whole ? ['*'] : [...fields].sort();
  return {
    streamOutput: video ? videoOutput(policy) : [],
    dataOutput: policy.data === 'auto' ? needed : [...policy.data],
    pictures: video ? [...wantedPictures(frames), PREVIEW] : [],
  };
}

/** What has to happen for a session that was started with `now` to serve `next`. */
export function outputChange(now: WantedOutputs, next: WantedOutputs): OutputChange {
  const { dataOutput, pictures } = next;
  if (!same(now.streamOutput, next.streamOutput) || !samePictures(now.pictures, pictures)) return { kind: 'restart' };
  const change = {
    ...(same(now.dataOutput, dataOutput) ? {} : { dataOutput }),
    ...(same(now.pictures, pictures) ? {} : { pictures }),
  };
  return Object.keys(change).length === 0 ? { kind: 'none' } : { kind: 'reconfigure', ...change };
}

function videoOutput(policy: OutputPolicy): string[] | null {
  return policy.imageOutput === null ? null : [policy.imageOutput];
}

function same(one: readonly unknown[] | null, other: readonly unknown[] | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
