/**
 * Reads the fields of a node's configuration, which may come from any editor, import or hand: typed values out, or
 * INVALID_OPTION naming node, field and remedy. Node-RED leaves `${NAME}` as it is when the variable is not set; that
 * is refused here, because it would otherwise travel on as an address or a key.
 */
import { isRecord, SessionError } from '../../src/index';

const ENVIRONMENT_REFERENCE = /^\$[{(]([^})]+)[})]$/;

/** Bounds of a number field, inclusive. */
export interface NumberBounds {
  min: number;
  max: number;
  integer?: boolean;
}

/** The fields of one node. `owner` is how messages name it: `webrtc-stream "Front door"`. */
export class ConfigReader {
  readonly #fields: Record<string, unknown>;
  readonly owner: string;

  constructor(fields: unknown, owner: string) {
    this.#fields = isRecord(fields) ? fields : {};
    this.owner = owner;
  }

  /** Trimmed text, `''` when left empty. */
  text(field: string): string {
    const value = this.#fields[field];
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string' && typeof value !== 'number') throw this.invalid(field, 'is not text', 'enter text');
    const trimmed = String(value).trim();
    const variable = ENVIRONMENT_REFERENCE.exec(trimmed)?.[1];
    if (variable === undefined) return trimmed;
    throw this.invalid(
      field,
      `refers to the environment variable ${variable}, which is not set`,
      `set ${variable} in the environment of Node-RED, of the flow or of the group, or enter the value itself`,
    );
  }

  /** Text that must not be empty. */
  requiredText(field: string, remedy: string): string {
    const value = this.text(field);
    if (value === '') throw this.invalid(field, 'is empty', remedy);
    return value;
  }

  /** A number within bounds, `undefined` when left empty. */
  number(field: string, bounds: NumberBounds): number | undefined {
    const value = this.text(field);
    if (value === '') return undefined;
    const parsed = Number(value);
    const kind = bounds.integer === true ? 'a whole number' : 'a number';
    const fits = parsed >= bounds.min && parsed <= bounds.max && (bounds.integer !== true || Number.isInteger(parsed));
    if (fits) return parsed;
    throw this.invalid(field, `is "${value}"`, `enter ${kind} from ${bounds.min} to ${bounds.max}`);
  }

  /** A tick box; environment variables give text. */
  flag(field: string, whenMissing: boolean): boolean {
    const value = this.#fields[field];
    if (typeof value === 'boolean') return value;
    const text = this.text(field).toLowerCase();
    if (text === '') return whenMissing;
    if (text === 'true' || text === 'false') return text === 'true';
    throw this.invalid(field, `is "${text}"`, 'use true or false');
  }

  /** One of a closed list; the first when left empty. */
  choice<const Choice extends string>(field: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(field);
    if (value === '') return choices[0];
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw this.invalid(field, `is "${value}"`, `choose one of ${choices.join(', ')}`);
  }

  /** A JSON object, given as text or as an object; `undefined` when left empty. */
  json(field: string): Record<string, unknown> | undefined {
    const value = this.#fields[field];
    const parsed = typeof value === 'string' ? this.#parseJson(field) : value;
    if (parsed === undefined || parsed === null) return undefined;
    if (isRecord(parsed)) return parsed;
    throw this.invalid(field, 'is not a JSON object', 'enter an object such as {"threshold": 0.5}');
  }

  /** A list; `undefined` when the field holds none. */
  list(field: string): unknown[] | undefined {
    const value = this.#fields[field];
    return Array.isArray(value) ? (value as unknown[]) : undefined;
  }

  /** Names, given as a list or separated by commas or line breaks; without blanks and repetitions. */
  names(field: string): string[] {
    const value = this.#fields[field];
    const parts: unknown[] = Array.isArray(value) ? value : this.text(field).split(/[,\n]/);
    const names = parts.map((part) => {
      if (typeof part !== 'string') throw this.invalid(field, 'holds something that is not a name', 'enter names');
      return this.of({ [field]: part }).text(field);
    });
    return [...new Set(names.filter((name) => name !== ''))];
  }

  /** Reads other fields in the name of the same node. */
  of(fields: unknown): ConfigReader {
    return new ConfigReader(fields, this.owner);
  }

  /** The error for a field, in the words of every other. */
  invalid(field: string, what: string, remedy: string): SessionError {
    return new SessionError('INVALID_OPTION', `${this.owner}: "${field}" ${what}: ${remedy}.`, { details: { field } });
  }

  #parseJson(field: string): unknown {
    const text = this.text(field);
    if (text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw this.invalid(field, 'is not valid JSON', 'correct it in the JSON editor');
    }
  }
}

/** How messages name a node: its type and, if it has one, its name. */
export function ownerName(type: string, config: unknown): string {
  const name = isRecord(config) && typeof config['name'] === 'string' ? config['name'].trim() : '';
  return name === '' ? type : `${type} "${name}"`;
}
