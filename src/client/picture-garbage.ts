/**
 * Has the memory of pictures collected while they are young. V8 counts what crosses from a thread against the whole heap
 * of the receiver: raw pictures of 1280x720 (83 MB a second) made it go through every object of Node-RED twice a second,
 * which took 10 to 17 % of the event loop beside a heap of 84 MB, in steps of up to 25 ms. A collection of the young
 * generation looks at what is new alone, takes 0.3 ms, and frees the same: 2 to 3 % [measured, docs/performance.md].
 */
import { PerformanceObserver, constants } from 'node:perf_hooks';
import type { PerformanceEntry, PerformanceObserverEntryList } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import { guard } from '../guard';

/**
 * A heap that has stopped growing may take a tenth of its size more before V8 begins to go through all of it, and a
 * collection that is asked for meanwhile becomes a large one: at 8 MB, that was every one of them [measured].
 */
const BUDGET_BYTES = 4 * 1024 * 1024;
/** Another large collection after fewer of ours than this: a flow holds pictures until they are old, and ours are in vain. */
const IN_VAIN = 32;
/** How long V8 is then left alone; twice as long each time, until ours have done without for a while. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const FOR_A_WHILE = 10 * IN_VAIN;

/** Gives what collects the young generation. `onLarge` is told of everything that V8 collects as a whole. */
type Collector = (onLarge: () => void) => (() => void) | undefined;

/** Counts the pictures of all sessions of this thread, and has them collected while that helps. */
export class PictureGarbage {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #find: Collector;
  #collect: (() => void) | undefined;
  #bytes = 0;
  #sinceLarge = 0;
  #pauseMs = 0;
  #notBeforeMs = -Infinity;

  /** `find`: gives what collects, or nothing where this Node.js has none; asked once, when it is needed first. */
  constructor(clock: Pick<Clock, 'monotonicMs'> = systemClock, find: Collector = youngCollection) {
    this.#clock = clock;
    this.#find = find;
  }

  /** To be called with every picture, before it goes to whoever may keep it. */
  comes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < BUDGET_BYTES) return;
    this.#bytes = 0;
    if (this.#clock.monotonicMs() < this.#notBeforeMs) return;
    this.#collect ??= this.#find(() => this.#large()) ?? ignore;
    this.#sinceLarge += 1;
    if (this.#sinceLarge === FOR_A_WHILE) this.#pauseMs = 0;
    this.#collect();
  }

  #large(): void {
    const now = this.#clock.monotonicMs();
    if (now < this.#notBeforeMs) return;
    const isInVain = this.#sinceLarge < IN_VAIN;
    // What has gathered in a pause makes for one large collection more, which says nothing.
    this.#sinceLarge = isInVain ? IN_VAIN : 0;
    if (!isInVain) return;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 2 * this.#pauseMs));
    this.#notBeforeMs = now + this.#pauseMs;
  }
}

/** The one of this thread. */
export const pictureGarbage = new PictureGarbage();

/** A collection of the young generation of this thread; undefined where this Node.js gives none. */
export function youngCollection(onLarge: () => void): (() => void) | undefined {
  const collect: unknown = globalThis.gc ?? exposedGc();
  if (typeof collect !== 'function') return undefined;
  const told = guard(ignore, (list: PerformanceObserverEntryList) => {
    if (list.getEntries().some((entry) => kindOf(entry) === constants.NODE_PERFORMANCE_GC_MAJOR)) onLarge();
  });
  new PerformanceObserver(told).observe({ entryTypes: ['gc'] });
  return guard(ignore, () => void Reflect.apply(collect, undefined, [{ type: 'minor' }]));
}

function kindOf(entry: PerformanceEntry): unknown {
  const detail: unknown = Reflect.get(entry, 'detail');
  return typeof detail === 'object' && detail !== null ? Reflect.get(detail, 'kind') : undefined;
}

/** A context that is made while the flag is set has the function; nobody else in this process gets to see it. */
function exposedGc(): unknown {
  try {
    setFlagsFromString('--expose-gc');
    return runInNewContext('globalThis.gc');
  } catch {
    return undefined;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}

function ignore(): void {
  // Then V8 collects when it sees fit.
}
