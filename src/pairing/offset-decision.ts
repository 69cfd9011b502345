/**
 * Candidates -> a verdict: which constant it is, and whether the timestamps themselves prove it. Pure. Refuses to
 * choose while another candidate explains the timestamps as well, unless arrival times may break the tie.
 */
import { median, offsetCandidates, selfSimilarity } from './offset-search';
import type { OffsetCandidate, SearchLimits, Series } from './offset-search';

/** The answer of `offsetDecision`. */
export type OffsetVerdict =
  /** The pattern of the timestamps allows no other. */
  | { kind: 'proved'; offset: number }
  /** Several fit; this one fits the arrival times best. */
  | { kind: 'nearest'; offset: number; ambiguous: readonly OffsetCandidate[] }
  | { kind: 'unknown' };

/** How to decide. */
export interface DecisionRules extends SearchLimits {
  /** Whether arrival times may decide between constants that fit equally. */
  tieBreak: boolean;
}

/** Chance of a wrong proof by coincidence. */
const MAX_COINCIDENCE = 1e-6;
const MIN_PROOF_MATCHES = 4;
/** With every rival refuted, so much evidence is enough however regular the series looks. */
const ENOUGH_PROOF_MATCHES = 32;
/** A rival with so many contradictions more than the best one, and such a share of them, is out: a few may be chance. */
const REFUTING_CONTRADICTIONS = 2;
const REFUTING_SHARE = 0.1;
/** Share of observations without a reference that a true constant may show: damaged or missing messages. */
const TOLERATED_CONTRADICTIONS = 0.2;
/** Matches before arrival times decide: for a series that is regular, and for one that has some pattern. */
const TIE_BREAK_MATCHES_REGULAR = 16;
const TIE_BREAK_MATCHES_PATTERNED = 40;
/** From this self-similarity on a series is regular, a few skipped frames aside. */
const REGULAR_SHARE = 0.9;
/** The picture follows its data message by its encoding and pacing: a small part of the interval. */
const EXPECTED_SKEW_INTERVALS = 0.15;
const MAX_EXPECTED_SKEW_MS = 10;
const TIE_BREAK_MARGIN_INTERVALS = 0.15;
const TICKS_PER_MS = 90;

/** Decides over two series in order of ticks. */
export function offsetDecision(series: Series, rules: DecisionRules): OffsetVerdict {
  const sound = offsetCandidates(series, rules).filter(
    ({ matches, contradictions }) => contradictions <= matches * TOLERATED_CONTRADICTIONS,
  );
  const best = sound.reduce<OffsetCandidate | undefined>(
    (leader, one) => (beats(one, leader) ? one : leader),
    undefined,
  );
  if (best === undefined || best.matches < MIN_PROOF_MATCHES) return { kind: 'unknown' };
  const possible = sound.filter((one) => one.matches * 2 >= best.matches && !isRefuted(one, best));
  if (possible.length === 1) {
    const needed = proofMatches(series, rules.toleranceTicks);
    return best.matches >= needed ? { kind: 'proved', offset: best.offset } : { kind: 'unknown' };
  }
  return rules.tieBreak ? nearestArrival(possible, series, best.matches) : { kind: 'unknown' };
}

/** How far a candidate's arrival times are from what a server does: data message first, picture right after. */
export function arrivalDistanceMs(candidate: OffsetCandidate, intervalMs: number): number {
  return Math.abs(candidate.skewMs - Math.min(intervalMs * EXPECTED_SKEW_INTERVALS, MAX_EXPECTED_SKEW_MS));
}

/** Median distance of a series' timestamps in milliseconds. */
export function intervalMs(series: Series): number {
  const ticks = series.references.map((reference) => reference.ticks);
  return median(ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0))) / TICKS_PER_MS;
}

function beats(one: OffsetCandidate, leader: OffsetCandidate | undefined): boolean {
  if (leader === undefined) return true;
  return one.matches - 2 * one.contradictions > leader.matches - 2 * leader.contradictions;
}

function isRefuted({ matches, contradictions }: OffsetCandidate, best: OffsetCandidate): boolean {
  const share = contradictions / (matches + contradictions);
  return contradictions >= best.contradictions + REFUTING_CONTRADICTIONS && share >= REFUTING_SHARE;
}

/** The less a series differs from its shifted self, the more matches it takes to exclude coincidence. */
function proofMatches(series: Series, toleranceTicks: number): number {
  const { share, comparisons } = selfSimilarity(series.references, toleranceTicks);
  const chance = (share * comparisons + 1) / (comparisons + 2);
  const needed = Math.ceil(Math.log(MAX_COINCIDENCE) / Math.log(chance));
  return Math.min(Math.max(needed, MIN_PROOF_MATCHES), ENOUGH_PROOF_MATCHES);
}

function nearestArrival(possible: readonly OffsetCandidate[], series: Series, matches: number): OffsetVerdict {
  const regular = selfSimilarity(series.references, 1).share >= REGULAR_SHARE;
  const needed = regular ? TIE_BREAK_MATCHES_REGULAR : TIE_BREAK_MATCHES_PATTERNED;
  const interval = intervalMs(series);
  const [nearest, second] = [...possible].sort(
    (left, right) => arrivalDistanceMs(left, interval) - arrivalDistanceMs(right, interval),
  );
  if (nearest === undefined || second === undefined || matches < needed) return { kind: 'unknown' };
  const margin = arrivalDistanceMs(second, interval) - arrivalDistanceMs(nearest, interval);
  const clear = margin >= interval * TIE_BREAK_MARGIN_INTERVALS || matches >= TIE_BREAK_MATCHES_PATTERNED;
  return clear ? { kind: 'nearest', offset: nearest.offset, ambiguous: possible } : { kind: 'unknown' };
}
