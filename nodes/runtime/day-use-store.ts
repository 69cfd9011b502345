/** Keeps what a stream has used of a day in the context of its node, which outlives deploys (and, where stored, restarts). */
import type { Node } from 'node-red';
import { isRecord } from '../../src/index';
import type { DayUse } from './daily-budget';

const KEY = 'webrtcDailyUse';

/** A store of contexts that cannot answer at once is treated like an empty one. */
export function dayUseStore(node: Node): { load(): DayUse | undefined; save(use: DayUse): void } {
  return {
    load() {
      try {
        return parse(node.context().get(KEY));
      } catch {
        return undefined;
      }
    },
    save(use) {
      try {
        node.context().set(KEY, use, () => undefined);
      } catch {
        // The limit still holds until the next deploy.
      }
    },
  };
}

function parse(kept: unknown): DayUse | undefined {
  if (!isRecord(kept)) return undefined;
  const { day, usedMs } = kept;
  return typeof day === 'string' && typeof usedMs === 'number' && usedMs >= 0 ? { day, usedMs } : undefined;
}
