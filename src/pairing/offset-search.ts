/**
 * Two series of timestamps whose clocks differ by an unknown constant -> every constant that could explain them, with
 * the evidence for and against it. Pure. Refuses nothing: too little evidence gives few or no candidates.
 */

/** One timestamp and when it came. */
export interface Observation {
  /** 90 kHz ticks, not wrapped. */
  ticks: number;
  atMs: number;
}

/** A possible constant: observed ticks minus reference ticks. */
export interface OffsetCandidate {
  offset: number;
  /** Observed timestamps that fall on a reference. */
  matches: number;
  /** Observed timestamps that fall between references, where there is none. */
  contradictions: number;
  /** Median of observed minus reference arrival, over the matches. */
  skewMs: number;
}

/** What counts as equal. */
export interface SearchLimits {
  toleranceTicks: number;
  /** Timestamps that arrived further apart than this cannot belong together. */
  maxSkewMs: number;
}

/** Both series in order of ticks. */
export interface Series {
  references: readonly Observation[];
  observed: readonly Observation[];
}

/** Candidates with at least half the support of the best one, best supported first. */
export function offsetCandidates(series: Series, limits: SearchLimits): OffsetCandidate[] {
  return densest(differences(series, limits.maxSkewMs), 2 * limits.toleranceTicks)
    .map((offset) => offsetEvidence(offset, series, limits))
    .sort((left, right) => right.matches - left.matches);
}

/** What speaks for and against one constant. Merges both series, so it is linear in their length. */
export function offsetEvidence(offset: number, series: Series, limits: SearchLimits): OffsetCandidate {
  const { references, observed } = series;
  const ticksAt = (index: number) => references[index]?.ticks ?? Infinity;
  const skews: number[] = [];
  let contradictions = 0;
  let position = 0;
  for (const { ticks, atMs } of observed) {
    const target = ticks - offset;
    while (position < references.length && ticksAt(position) < target - limits.toleranceTicks) position += 1;
    const reference = references[position];
    if (reference === undefined) break;
    if (reference.ticks <= target + limits.toleranceTicks) skews.push(atMs - reference.atMs);
    else if (position > 0) contradictions += 1;
  }
  return { offset, matches: skews.length, contradictions, skewMs: median(skews) };
}

/**
 * How well a series matches itself when shifted by one to four of its intervals: 1 for a perfectly regular one, in
 * which a shift cannot be noticed, near 0 for one whose pattern gives every shift away.
 */
export function selfSimilarity(
  series: readonly Observation[],
  toleranceTicks: number,
): { share: number; comparisons: number } {
  const ticks = series.map((observation) => observation.ticks);
  let hits = 0;
  let comparisons = 0;
  for (let lag = 1; lag <= 4 && lag * 2 < ticks.length; lag += 1) {
    const shift = median(ticks.slice(lag).map((tick, index) => tick - (ticks[index] ?? 0)));
    const found = shiftedHits(ticks, shift, toleranceTicks);
    hits += found.hits;
    comparisons += found.comparisons;
  }
  return { share: comparisons === 0 ? 0 : hits / comparisons, comparisons };
}

/** Middle value, the lower of two; NaN of nothing. Sorts a copy. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[(sorted.length - 1) >> 1] ?? NaN;
}

function differences({ references, observed }: Series, maxSkewMs: number): Float64Array {
  const found = new Float64Array(references.length * observed.length);
  let length = 0;
  for (const one of observed) {
    for (const reference of references) {
      if (Math.abs(one.atMs - reference.atMs) > maxSkewMs) continue;
      found[length] = one.ticks - reference.ticks;
      length += 1;
    }
  }
  return found.subarray(0, length).sort();
}

/** Middles of the windows of `span` that hold most values; windows do not overlap. */
function densest(sorted: Float64Array, span: number): number[] {
  const windows: { start: number; count: number }[] = [];
  let end = 0;
  let most = 0;
  for (let start = 0; start < sorted.length; start += 1) {
    while (end < sorted.length && (sorted[end] ?? 0) - (sorted[start] ?? 0) <= span) end += 1;
    windows.push({ start, count: end - start });
    most = Math.max(most, end - start);
  }
  const chosen: number[] = [];
  const taken: number[] = [];
  const strong = windows.filter(({ count }) => count >= Math.max(2, most / 2));
  for (const { start, count } of strong.sort((left, right) => right.count - left.count)) {
    const low = sorted[start] ?? 0;
    if (taken.some((other) => Math.abs(other - low) <= span)) continue;
    taken.push(low);
    chosen.push(sorted[start + ((count - 1) >> 1)] ?? 0);
  }
  return chosen;
}

function shiftedHits(ticks: readonly number[], shift: number, toleranceTicks: number) {
  const last = ticks.at(-1) ?? 0;
  let hits = 0;
  let comparisons = 0;
  let position = 0;
  for (const tick of ticks) {
    const target = tick + shift;
    // The first is always compared: a median shift lies within the series.
    if (target > last + toleranceTicks && comparisons > 0) break;
    while ((ticks[position] ?? Infinity) < target - toleranceTicks) position += 1;
    comparisons += 1;
    if ((ticks[position] ?? Infinity) <= target + toleranceTicks) hits += 1;
  }
  return { hits, comparisons };
}
