/**
 * About how much memory parsed JSON takes: what a queue of messages is limited by, since a few kilobytes on the wire
 * can become hundreds of megabytes. Pure but for its memory of what it has weighed.
 */
const known = new WeakMap<object, number>();

const POINTER_BYTES = 8;
const OBJECT_BYTES = 32;

/** Bytes, roughly; counting ends once they are over `enough`. */
export function weightOf(json: object | null, enough = Infinity): number {
  if (json === null) return 0;
  const before = known.get(json);
  if (before !== undefined) return before;
  let bytes = 0;
  const open: unknown[] = [json];
  while (open.length > 0 && bytes <= enough) {
    const value = open.pop();
    bytes += OBJECT_BYTES;
    if (typeof value === 'string') bytes += value.length;
    else bytes += POINTER_BYTES * pushMembers(value, open);
  }
  known.set(json, bytes);
  return bytes;
}

/** Queues what has a weight of its own; gives the number of all members. */
function pushMembers(value: unknown, open: unknown[]): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) if (typeof member === 'string' || typeof member === 'object') open.push(member);
  return members.length;
}

/** Whether arrays and objects stand in each other more than `levels` deep; without recursion. */
export function isNestedDeeper(json: object | null, levels: number): boolean {
  let level: object[] = json === null ? [] : [json];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((value) => Object.values(value).filter(isNested));
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
