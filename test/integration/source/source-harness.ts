/** Real FFmpeg and real clips for sources. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../../../src/clock';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import type { LiveSource, SourceContext } from '../../../src/source/live-source';
import { openSource } from '../../../src/source/open-source';
import type { StreamSpec } from '../../../src/source/spec';
import { CollectingSink } from '../../unit/source/collecting-sink';

const MEDIA = resolve(__dirname, '../../../../shared/media');

/** Why tests of real clips are skipped, if they are. */
export const clipsMissing = !existsSync(MEDIA);
if (clipsMissing) console.warn(`skipped: there are no clips in ${MEDIA}`);

export const clip = (name: string): string => resolve(MEDIA, name);

/** What a source needs, and the children it has started: pid -> running. */
export async function harness(): Promise<{ context: SourceContext; children: Map<number, boolean> }> {
  const children = new Map<number, boolean>();
  const ffmpeg = await locateFfmpeg({});
  const onChild = (pid: number, running: boolean): void => void children.set(pid, running);
  return { context: { ffmpeg, clock: systemClock, onChild }, children };
}

/** A source that is being opened, and what it delivers. */
export interface OpenedStream {
  source: LiveSource;
  sink: CollectingSink;
}

export function openStream(spec: Omit<StreamSpec, 'kind'>, context: SourceContext): OpenedStream {
  const source = openSource({ kind: 'stream', ...spec }, context);
  const sink = new CollectingSink();
  source.attach(sink);
  return { source, sink };
}
