/** Real FFmpeg, real clips, and a sink that can be waited for. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '../../../src/clock';
import { locateFfmpeg } from '../../../src/ffmpeg/locate';
import type { AccessUnit } from '../../../src/media/video';
import type { SourceContext, SourceSink } from '../../../src/source/live-source';
import type { SourceFacts } from '../../../src/source/source-facts';

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

export class CollectingSink implements SourceSink {
  readonly units: AccessUnit[] = [];
  readonly facts: SourceFacts[] = [];
  #waiting: { enough: () => boolean; resolve: () => void }[] = [];

  onAccessUnit(unit: AccessUnit): void {
    this.units.push(unit);
    this.#check();
  }

  onFacts(facts: SourceFacts): void {
    this.facts.push(facts);
    this.#check();
  }

  /** Resolves as soon as `enough` holds. */
  until(enough: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ enough, resolve });
      this.#check();
    });
  }

  #check(): void {
    this.#waiting = this.#waiting.filter(({ enough, resolve }) => {
      if (enough()) resolve();
      return !enough();
    });
  }
}

/** Whether each timestamp is greater than the one before. */
export function grows(units: readonly AccessUnit[]): boolean {
  return units.every((unit, index) => index === 0 || unit.pts90k > (units[index - 1]?.pts90k ?? 0));
}
