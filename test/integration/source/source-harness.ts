/** Real FFmpeg and real clips for sources. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../../../src/clock';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import type { SourceContext } from '../../../src/source/live-source';

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
