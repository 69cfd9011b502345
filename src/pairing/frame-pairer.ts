/**
 * Pictures of the video track and data messages come in, each picture leaves with the data of the same frame. The
 * constant between their clocks is estimated (`OffsetEstimator`); until it is sure, and for frames whose data never
 * comes, pictures leave without data after a short wait. Never gives a picture another frame's data knowingly.
 */
import { OffsetEstimator } from './offset-estimator';
import { StreamStart } from './stream-start';

/** How to pair. */
export interface FramePairerOptions<Frame, Data> {
  /** A picture never waits longer than this for its data. */
  maxWaitMs: number;
  /** Pictures, and data messages, that may wait; the oldest goes first (a picture is then delivered without data). */
  maxPending: number;
  /** Timestamps this close are equal. Default 2: the server rounds to microseconds. */
  toleranceTicks?: number;
  /** Called for every picture exactly once. */
  onPair(frame: Frame, data: Data | null): void;
}

/** Counters since the start. */
export interface FramePairerStats {
  paired: number;
  unpaired: number;
  /** Data messages that were never asked for by a picture. */
  dataEvicted: number;
}

interface WaitingFrame<Frame> {
  rtpTimestamp90k: number;
  deadlineMs: number;
  frame: Frame;
}

/** Both series side by side; more pairs than this at once are never ambiguous for long. */
const WINDOW = 64;
const MAX_SKEW_MS = 5_000;

/** See the file header. Times are monotonic milliseconds. */
export class FramePairer<Frame, Data> {
  readonly stats: FramePairerStats = { paired: 0, unpaired: 0, dataEvicted: 0 };
  readonly #options: Required<FramePairerOptions<Frame, Data>>;
  readonly #estimator: OffsetEstimator;
  /** In order of arrival. */
  #frames: WaitingFrame<Frame>[] = [];
  /** By timestamp, in order of arrival. */
  readonly #data = new Map<number, { value: Data }>();
  readonly #start = new StreamStart();
  #latestPts90k: number | undefined;
  #dataWithoutPts = false;
  #told: number | undefined;

  constructor(options: FramePairerOptions<Frame, Data>) {
    const toleranceTicks = options.toleranceTicks ?? 2;
    this.#options = { ...options, toleranceTicks };
    this.#estimator = new OffsetEstimator({
      toleranceTicks,
      maxReferences: WINDOW,
      maxObserved: WINDOW,
      maxSkewMs: MAX_SKEW_MS,
      tieBreak: true,
    });
  }

  /** Pictures that wait for their data. */
  get waiting(): number {
    return this.#frames.length;
  }

  /** When `tick` has something to do; undefined when no picture waits. */
  get nextDeadlineMs(): number | undefined {
    return this.#frames.length === 0 ? undefined : Math.min(...this.#frames.map(({ deadlineMs }) => deadlineMs));
  }

  /** The constant, RTP minus data timestamp; undefined while not sure. */
  get offset(): number | undefined {
    const { offset, isProved } = this.#estimator;
    // Arrival times do not overrule a common start: a file is worked through faster than its frames are apart.
    return isProved ? offset : (this.#told ?? this.#start.offset(this.#options.toleranceTicks) ?? offset);
  }

  /** The next picture announced and the first data message are the first of their streams, with nothing lost before. */
  startsTogether(): void {
    this.#start.expect();
  }

  /** Somebody else knows the constant; the pattern of the timestamps overrules. */
  tell(offset: number | undefined): void {
    this.#told = offset ?? this.#told;
  }

  /** Data messages of the first frames were missed: the beginnings of the two streams do not match. */
  startsApart(): void {
    this.#start.refuse();
  }

  /** A picture has arrived and will be given to `frame`, decoded or not, perhaps after later ones. */
  announce(rtpTimestamp90k: number): void {
    this.#start.frame(rtpTimestamp90k);
  }

  /** Takes a picture; its RTP timestamp is unwrapped. */
  frame(rtpTimestamp90k: number, arrivalMs: number, frame: Frame): void {
    this.#frames.push({ rtpTimestamp90k, deadlineMs: arrivalMs + this.#options.maxWaitMs, frame });
    this.#estimator.addObserved(rtpTimestamp90k, arrivalMs);
    this.#settle(arrivalMs);
  }

  /** Takes a data message; without a timestamp it belongs to no picture. */
  data(pts90k: number | null, arrivalMs: number, data: Data): void {
    if (pts90k === null) {
      this.#dataWithoutPts = this.#latestPts90k === undefined;
    } else {
      this.#dataWithoutPts = false;
      this.#latestPts90k = pts90k;
      this.#start.data(pts90k);
      this.#data.delete(pts90k);
      this.#data.set(pts90k, { value: data });
      this.#evictData();
      this.#estimator.addReference(pts90k, arrivalMs);
    }
    this.#settle(arrivalMs);
  }

  /** Lets go of pictures that have waited long enough. */
  tick(nowMs: number): void {
    this.#settle(nowMs);
  }

  /** Lets go of every picture, with its data where it is known. */
  flush(): void {
    this.#settle(Infinity);
  }

  /** A new server: lets go of every picture and forgets data and constant. */
  reset(): void {
    this.flush();
    this.#data.clear();
    this.#latestPts90k = undefined;
    this.#dataWithoutPts = false;
    this.#estimator.reset();
    this.#start.reset();
    this.#told = undefined;
  }

  #settle(nowMs: number): void {
    const { offset } = this;
    const surplus = this.#frames.length - this.#options.maxPending;
    const ready: { frame: Frame; data: Data | null }[] = [];
    this.#frames = this.#frames.filter((entry, index) => {
      const data = offset === undefined ? undefined : this.#takeData(entry.rtpTimestamp90k - offset);
      const over = index < surplus || this.#isHopeless(entry, nowMs, offset);
      if (data !== undefined || over) ready.push({ frame: entry.frame, data: data?.value ?? null });
      return data === undefined && !over;
    });
    for (const { frame, data } of ready) {
      if (data === null) this.stats.unpaired += 1;
      else this.stats.paired += 1;
      this.#options.onPair(frame, data);
    }
  }

  /** Data messages come in order: a later one means that this picture's own was lost. */
  #isHopeless(entry: WaitingFrame<Frame>, nowMs: number, offset: number | undefined): boolean {
    if (this.#dataWithoutPts || entry.deadlineMs <= nowMs) return true;
    if (offset === undefined || this.#latestPts90k === undefined) return false;
    return entry.rtpTimestamp90k - offset < this.#latestPts90k - this.#options.toleranceTicks;
  }

  #takeData(pts90k: number): { value: Data } | undefined {
    for (let distance = 0; distance <= this.#options.toleranceTicks; distance += 1) {
      for (const key of [pts90k - distance, pts90k + distance]) {
        const value = this.#data.get(key);
        if (value === undefined) continue;
        this.#data.delete(key);
        return value;
      }
    }
    return undefined;
  }

  #evictData(): void {
    for (const oldest of this.#data.keys()) {
      if (this.#data.size <= this.#options.maxPending) return;
      this.#data.delete(oldest);
      this.stats.dataEvicted += 1;
    }
  }
}
