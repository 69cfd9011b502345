/**
 * Two series of timestamps come in as they arrive, the constant between them comes out once it is sure. It is checked
 * again and again and given up when it stops fitting. Refuses to guess between constants that fit equally, unless
 * arrival times may break the tie.
 *
 * The references must be complete: an observed timestamp between two references has to be one of them. Proof is the
 * pattern of the intervals: a wrong constant puts timestamps where there is no reference.
 */
import { arrivalDistanceMs, intervalMs, offsetDecision } from './offset-decision';
import type { DecisionRules, OffsetVerdict } from './offset-decision';
import { offsetEvidence } from './offset-search';
import type { Observation, Series } from './offset-search';

/** All have defaults that suit matching results to what was sent. */
export interface OffsetEstimatorOptions {
  /** Timestamps this close are equal: the sender rounds. Default 2. */
  toleranceTicks?: number;
  /** References looked back on. Default 512. */
  maxReferences?: number;
  /** Observed timestamps looked back on. Default 32. */
  maxObserved?: number;
  /** Timestamps that arrived further apart than this do not belong together. Default 60,000. */
  maxSkewMs?: number;
  /** Let arrival times decide where the timestamps are too regular to tell. Default false. */
  tieBreak?: boolean;
}

/** So far back in one step means a new beginning, not disorder: 1 s. */
const NEW_BEGINNING_TICKS = 90_000;
/** From here on, not every new timestamp is worth a search. */
const EAGER_OBSERVED = 24;
const MIN_PATIENCE_EVENTS = 8;
const MAX_PATIENCE_EVENTS = 128;
const REVIEW_OBSERVED = 16;
/** More contradictions than this share of the matches: worth a new search. */
const SUSPICIOUS_SHARE = 0.25;
/** Reviews in a row that must prefer another constant by arrival times before it is taken. */
const STRIKES_TO_SWITCH = 2;
const SWITCH_MARGIN_INTERVALS = 0.2;

/** See the file header. */
export class OffsetEstimator {
  readonly #rules: DecisionRules;
  readonly #maxReferences: number;
  readonly #maxObserved: number;
  #references: Observation[] = [];
  #observed: Observation[] = [];
  #offset: number | undefined;
  #proved = false;
  #patienceEvents = MIN_PATIENCE_EVENTS;
  #eventsSinceReview = 0;
  #observedSinceReview = 0;
  #strikes = 0;

  constructor(options: OffsetEstimatorOptions = {}) {
    this.#rules = {
      toleranceTicks: options.toleranceTicks ?? 2,
      maxSkewMs: options.maxSkewMs ?? 60_000,
      tieBreak: options.tieBreak ?? false,
    };
    this.#maxReferences = options.maxReferences ?? 512;
    this.#maxObserved = options.maxObserved ?? 32;
  }

  /** Observed minus reference ticks; undefined while not sure. */
  get offset(): number | undefined {
    return this.#offset;
  }

  /** Whether the pattern of the timestamps allows no other constant; otherwise arrival times chose it. */
  get isProved(): boolean {
    return this.#offset !== undefined && this.#proved;
  }

  /** Takes a timestamp of the complete series. */
  addReference(ticks: number, atMs: number): number | undefined {
    if (isNewBeginning(this.#references, ticks)) this.#forgetSeries();
    keep(this.#references, { ticks, atMs }, this.#maxReferences);
    this.#eventsSinceReview += 1;
    return this.#reviewWhenDue();
  }

  /** Takes a timestamp of the series that may have holes. */
  addObserved(ticks: number, atMs: number): number | undefined {
    if (isNewBeginning(this.#observed, ticks)) this.#forgetSeries();
    keep(this.#observed, { ticks, atMs }, this.#maxObserved);
    this.#eventsSinceReview += 1;
    this.#observedSinceReview += 1;
    return this.#reviewWhenDue();
  }

  /** Forgets everything: a new server or a new sender. */
  reset(): void {
    this.#offset = undefined;
    this.#forgetSeries();
  }

  #forgetSeries(): void {
    this.#references = [];
    this.#observed = [];
    this.#eventsSinceReview = 0;
    this.#observedSinceReview = 0;
    this.#patienceEvents = MIN_PATIENCE_EVENTS;
    this.#strikes = 0;
  }

  #reviewWhenDue(): number | undefined {
    if (this.#offset === undefined) {
      const due = this.#observed.length < EAGER_OBSERVED || this.#eventsSinceReview >= this.#patienceEvents;
      if (due && this.#observed.length >= 4 && this.#references.length >= 4) this.#review();
    } else if (this.#observedSinceReview >= REVIEW_OBSERVED) {
      this.#review();
    }
    return this.#offset;
  }

  #review(): void {
    this.#eventsSinceReview = 0;
    this.#observedSinceReview = 0;
    const series = { references: byTicks(this.#references), observed: byTicks(this.#observed) };
    const current = this.#offset;
    const health = current === undefined ? 'failing' : this.#health(current, series);
    if (health === 'well' && this.#proved) return;
    const verdict = offsetDecision(series, this.#rules);
    if (health === 'failing' || verdict.kind === 'proved') this.#follow(verdict);
    else if (verdict.kind === 'nearest' && current !== undefined)
      this.#reconsider(current, verdict, intervalMs(series));
  }

  /** How a constant stands: it fails when more speaks against it than for it, or when nothing falls on a reference. */
  #health(offset: number, series: Series): 'well' | 'suspicious' | 'failing' {
    const { matches, contradictions } = offsetEvidence(offset, series, this.#rules);
    if (contradictions > matches) return 'failing';
    if (matches === 0 && series.observed.length >= REVIEW_OBSERVED) return 'failing';
    return contradictions > matches * SUSPICIOUS_SHARE ? 'suspicious' : 'well';
  }

  #follow(verdict: OffsetVerdict): void {
    if (verdict.kind === 'unknown') {
      if (this.#offset !== undefined) this.#forgetSeries();
      else if (this.#observed.length >= EAGER_OBSERVED) {
        this.#patienceEvents = Math.min(this.#patienceEvents * 2, MAX_PATIENCE_EVENTS);
      }
    }
    this.#offset = verdict.kind === 'unknown' ? undefined : verdict.offset;
    this.#proved = verdict.kind === 'proved';
  }

  #reconsider(current: number, verdict: OffsetVerdict & { kind: 'nearest' }, interval: number): void {
    const kept = verdict.ambiguous.find(({ offset }) => Math.abs(offset - current) <= 2 * this.#rules.toleranceTicks);
    const nearest = verdict.ambiguous.find(({ offset }) => offset === verdict.offset);
    if (kept === nearest || nearest === undefined) {
      this.#strikes = 0;
      this.#offset = verdict.offset;
      return;
    }
    const gain =
      kept === undefined ? Infinity : arrivalDistanceMs(kept, interval) - arrivalDistanceMs(nearest, interval);
    this.#strikes = gain > interval * SWITCH_MARGIN_INTERVALS ? this.#strikes + 1 : 0;
    if (this.#strikes < STRIKES_TO_SWITCH) return;
    this.#strikes = 0;
    this.#offset = verdict.offset;
  }
}

function isNewBeginning(series: readonly Observation[], ticks: number): boolean {
  return ticks < (series.at(-1)?.ticks ?? -Infinity) - NEW_BEGINNING_TICKS;
}

function keep(series: Observation[], observation: Observation, limit: number): void {
  series.push(observation);
  if (series.length > limit) series.shift();
}

function byTicks(series: readonly Observation[]): Observation[] {
  return [...series].sort((left, right) => left.ticks - right.ticks);
}
