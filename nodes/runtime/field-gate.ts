/** Whether a value of a workflow's output goes out: always, when it has changed, or when there is something in it. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../src/index';

/** When a field is sent. */
export type Emission = 'always' | 'change' | 'not-empty';

/** Remembers the last value of each stream for one field. Values must not be changed after they were shown to it. */
export class FieldGate {
  readonly #emission: Emission;
  readonly #last = new Map<string, unknown>();

  constructor(emission: Emission) {
    this.#emission = emission;
  }

  passes(stream: string, value: unknown): boolean {
    if (this.#emission === 'always') return true;
    if (this.#emission === 'not-empty') return !isEmpty(value);
    // `has`: the first value of all is a change, whatever it is.
    if (this.#last.has(stream) && isDeepStrictEqual(this.#last.get(stream), value)) return false;
    this.#last.set(stream, value);
    return true;
  }
}

/** Nothing, an empty text, list or dictionary, and predictions that found nothing. `false` and 0 are values. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isRecord(value)) return false;
  if ('predictions' in value) return isEmpty(value['predictions']);
  return Object.keys(value).length === 0;
}
