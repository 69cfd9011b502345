/** A sink that keeps what a source gives and can be waited for. */
import type { AccessUnit } from '../../../src/media/video';
import type { SourceSink } from '../../../src/source/live-source';
import type { SourceFacts } from '../../../src/source/source-facts';

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
