/**
 * Which results go out while a fresh session takes over from an old one on the same source: every frame once and in
 * order, first from the old, then from the new. Data and pictures change over one after the other, each as soon as the
 * new session has come to a frame that the old one has delivered. Pure: no timers.
 */
import type { DataEvent, FrameEvent } from './events';

/** What arrives, by kind. */
interface Results {
  data: DataEvent;
  frame: FrameEvent;
}

/** What a handover is made of. */
export interface HandoverOptions {
  /** False: nobody expects pictures, so that they change over with the data. */
  pictures: boolean;
  /** False: the server reads the camera itself, so that nobody here knows which results are of the same frame. */
  comparable: boolean;
  deliver: { data(event: DataEvent): void; frame(event: FrameEvent): void };
  /** The first result of the new session is about to be delivered. */
  onBegun(): void;
  /** Nothing of the old session is needed any more. */
  onDone(): void;
}

/** What waits for the old session to catch up; more than this is not waited for. */
const MAX_HELD = 48;
/** Results of unknown frames that are left out after a change: a fresh session begins with what has been seen. */
const MAX_UNKNOWN = 24;

/** See the file header. */
export class Handover {
  readonly #options: HandoverOptions;
  readonly #lanes: { data: Lane<DataEvent>; frame: Lane<FrameEvent> };
  #begun = false;
  #done = false;

  constructor(options: HandoverOptions) {
    this.#options = options;
    const { deliver, comparable } = options;
    const onChange = (): void => this.#begin();
    this.#lanes = {
      data: new Lane({ deliver: (event) => deliver.data(event), comparable, onChange }),
      frame: new Lane({ deliver: (event) => deliver.frame(event), comparable, onChange }),
    };
  }

  /** A result of the old session; `order` is the source's time of its frame, null where unknown. False: it is late. */
  old<Kind extends keyof Results>(kind: Kind, event: Results[Kind], order: number | null): boolean {
    return this.#lane(kind).old(event, order);
  }

  /** A result of the new session. */
  fresh<Kind extends keyof Results>(kind: Kind, event: Results[Kind], order: number | null): void {
    this.#lane(kind).fresh(event, order);
    this.#check();
  }

  /** From now on only the new session counts: the old one has ended, or there is no more time. */
  force(): void {
    this.#lanes.data.change();
    this.#lanes.frame.change();
    this.#check();
  }

  #lane<Kind extends keyof Results>(kind: Kind): Lane<Results[Kind]> {
    const lanes: { [K in keyof Results]: Lane<Results[K]> } = this.#lanes;
    return lanes[kind];
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#options.onBegun();
  }

  #check(): void {
    const { data, frame } = this.#lanes;
    if (this.#done || !data.hasChanged) return;
    if (!this.#options.pictures) frame.change();
    if (!frame.hasChanged) return;
    this.#done = true;
    this.#options.onDone();
  }
}

interface LaneOptions<Result> {
  deliver(event: Result): void;
  comparable: boolean;
  onChange(): void;
}

/** One kind of results. */
class Lane<Result> {
  readonly #options: LaneOptions<Result>;
  #newestOld: number | undefined;
  #held: { event: Result; order: number }[] = [];
  #changed = false;
  /** Results of the new session whose frame is not known yet; known ones end it. */
  #unknown = 0;

  constructor(options: LaneOptions<Result>) {
    this.#options = options;
  }

  get hasChanged(): boolean {
    return this.#changed;
  }

  old(event: Result, order: number | null): boolean {
    if (this.#changed) return false;
    if (order !== null) this.#newestOld = Math.max(order, this.#newestOld ?? order);
    this.#options.deliver(event);
    return true;
  }

  /** Changes over here only, never in the middle of what the old session gives of one frame. */
  fresh(event: Result, order: number | null): void {
    if (!this.#changed && !this.#options.comparable) this.change();
    this.#unknown = order === null ? this.#unknown + 1 : Infinity;
    if (this.#changed) return this.#afterChange(event, order);
    // A session that has just begun does not know yet which frames its results are of.
    if (order === null) return;
    const overlaps = this.#isKnown(order);
    if (!overlaps) this.#held.push({ event, order });
    const caughtUp = this.#held.some((held) => this.#isKnown(held.order));
    if (overlaps || caughtUp || this.#held.length > MAX_HELD) this.change();
  }

  #afterChange(event: Result, order: number | null): void {
    const isEarly = this.#unknown <= MAX_UNKNOWN && this.#options.comparable;
    if (!isEarly && !this.#isKnown(order)) this.#options.deliver(event);
  }

  change(): void {
    if (this.#changed) return;
    this.#changed = true;
    this.#options.onChange();
    for (const { event, order } of this.#held.splice(0)) {
      if (!this.#isKnown(order)) this.#options.deliver(event);
    }
  }

  /** Whether the old session has delivered this frame, or a later one. */
  #isKnown(order: number | null): boolean {
    return order !== null && this.#newestOld !== undefined && order <= this.#newestOld;
  }
}
