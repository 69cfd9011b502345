/** Probabilities that VP8 frame headers keep what they could change; fixed by RFC 6386. */

/**
 * §13.4, coefficient probabilities: four block types of eight bands of three contexts, in this order. Each entry lists
 * the first of its eleven probabilities; the rest are 255.
 */
// prettier-ignore
const COEFFICIENT_CONTEXTS: readonly (readonly number[])[] = [
  [], [], [],
  [176, 246], [223, 241, 252], [249, 253, 253],
  [255, 244, 252], [234, 254, 254], [253],
  [255, 246, 254], [239, 253, 254], [254, 255, 254],
  [255, 248, 254], [251, 255, 254], [],
  [255, 253, 254], [251, 254, 254], [254, 255, 254],
  [255, 254, 253, 255, 254], [250, 255, 254, 255, 254], [254],
  [], [], [],
  [217], [225, 252, 241, 253, 255, 255, 254], [234, 250, 241, 250, 253, 255, 253, 254],
  [255, 254], [223, 254, 254], [238, 253, 254, 254],
  [255, 248, 254], [249, 254], [],
  [255, 253], [247, 254], [],
  [255, 253, 254], [252], [],
  [255, 254, 254], [253], [],
  [255, 254, 253], [250], [254],
  [], [], [],
  [186, 251, 250], [234, 251, 244, 254], [251, 251, 243, 253, 254, 255, 254],
  [255, 253, 254], [236, 253, 254], [251, 253, 253, 254, 254],
  [255, 254, 254], [254, 254], [],
  [255, 254], [254, 254], [254],
  [], [254], [],
  [], [], [],
  [], [], [],
  [], [], [],
  [248], [250, 254, 252, 254], [248, 254, 249, 253],
  [255, 253, 253], [246, 253, 253], [252, 254, 251, 254, 254],
  [255, 254, 252], [248, 254, 253], [253, 255, 254, 254],
  [255, 251, 254], [245, 251, 254], [253, 253, 254],
  [255, 251, 253], [252, 253, 254], [255, 254],
  [255, 252], [249, 255, 254], [255, 255, 254],
  [255, 255, 253], [250], [],
  [], [254], [],
];
const COEFFICIENTS_PER_CONTEXT = 11;

/** The 1056 probabilities that a coefficient probability is kept, in the order of the frame header. */
export const COEFFICIENT_KEPT: readonly number[] = COEFFICIENT_CONTEXTS.flatMap((known) =>
  Array.from({ length: COEFFICIENTS_PER_CONTEXT }, (_, index) => known[index] ?? 255),
);

/** §17.2: the 38 probabilities that a motion vector probability is kept, rows first. */
export const MOTION_VECTOR_KEPT: readonly number[] = [
  ...[237, 246, 253, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 250, 250, 252, 254, 254],
  ...[231, 243, 245, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 251, 251, 254, 254, 254],
];
