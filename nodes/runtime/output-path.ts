/**
 * Where in the outputs of a workflow a value stands: `predictions`, `predictions.predictions[0].class`. Pure; a name
 * that holds dots or brackets is written in quotes, `["a.b"]`.
 */

const SEGMENT = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[(?:"([^"]*)"|'([^']*)')\]/y;

/** Its segments, or `undefined` when it cannot be read. */
export function parseOutputPath(path: string): string[] | undefined {
  const segments: string[] = [];
  let end = 0;
  while (end < path.length) {
    SEGMENT.lastIndex = end;
    const match = SEGMENT.exec(path);
    if (match === null) return undefined;
    segments.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
    end = SEGMENT.lastIndex;
  }
  return segments.length > 0 ? segments : undefined;
}

/** What stands there; `undefined` when nothing does. Inherited properties are nothing. */
export function valueAt(outputs: Record<string, unknown> | null, segments: readonly string[]): unknown {
  let value: unknown = outputs;
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}
