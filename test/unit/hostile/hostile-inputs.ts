/** Inputs as an attacker or a broken program would send them: any bytes, any JSON, and valid things slightly damaged. */
import fc from 'fast-check';

/** Any bytes, mostly few. */
export const bytes = (maxLength = 2_000): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Numbers at which arithmetic on unsigned and signed integers goes wrong, and any other. */
export const u32 = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

interface Damage {
  kind: 'set' | 'cut' | 'insert' | 'repeat';
  at: number;
  length: number;
  value: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('set' as const, 'set' as const, 'cut' as const, 'insert' as const, 'repeat' as const),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 64 }),
  value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
});

function damaged(original: Buffer, { kind, at, length, value }: Damage): Buffer {
  const position = Math.floor(at * original.length);
  const [before, after] = [original.subarray(0, position), original.subarray(position)];
  if (kind === 'set') return Buffer.concat([before, Buffer.from([value]), after.subarray(1)]);
  if (kind === 'cut') return Buffer.concat([before, after.subarray(length)]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.alloc(length, value), after]);
  return Buffer.concat([before, after.subarray(0, length), after]);
}

/** One of `originals` with some bytes set, cut, inserted or repeated. */
export const damagedBytes = (originals: readonly Buffer[], maxDamages = 8): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.constantFrom(...originals), fc.array(damage, { maxLength: maxDamages }))
    .map(([original, damages]) => damages.reduce(damaged, original));

/** One of `originals` with characters damaged; lines may be lost, doubled, or swapped with hostile ones. */
export const damagedText = (originals: readonly string[]): fc.Arbitrary<string> =>
  damagedBytes(originals.map((text) => Buffer.from(text, 'latin1'))).map((data) => data.toString('latin1'));

/** How a stream of bytes may be cut on its way. */
export const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });

/** `data` in pieces of these lengths, over and over. */
export function inPieces(data: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let offset = 0, turn = 0; offset < data.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? data.length;
    pieces.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return pieces;
}

const hostileLeaf = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  -1e300,
  5e-324,
  2 ** 53,
  '',
  '1/0',
  '/',
  'NaN',
  '__proto__',
  '\u0000',
  '<img src=x onerror=alert(1)>',
  '{"a":1}',
  [],
  {},
  { toString: 1, valueOf: 1 },
  { toJSON: 1 },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  [[[[[[]]]]]],
);

/** Anything that JSON can hold, with a taste for what breaks programs; some of it is nested deeply. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 5, arbitrary: hostileLeaf },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 20_000 }).map(nested) },
);

function nested(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
}

/** The same as text, as it comes over a wire. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  hostileJson.map(asText),
  fc.constantFrom('1e999', '{"a":1e999}'),
);

/** As JSON; what is nested too deeply to be written is nested deeply in another way. */
export function asText(json: unknown): string {
  try {
    return JSON.stringify(json);
  } catch {
    return `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  }
}

/** An object with some of these fields, each of them anything. */
export const hostileFields = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(names.map((name) => [name, hostileJson])), { requiredKeys: [] });
