/** `{ [key]: value }`, or `{}` when there is no value: an option that is left out is absent, never `undefined`. */
export function present<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  const result: Partial<Record<Key, Value>> = {};
  if (value !== undefined) result[key] = value;
  return result;
}
