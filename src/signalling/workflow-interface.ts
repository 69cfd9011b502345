/**
 * Inputs and outputs of a workflow: the answer of `describe_interface` or the specification itself in (protocol.md G),
 * names with their kinds out. Pure; bounded, because a server wrote it. A shape that is not understood gives undefined.
 */
import { isRecord } from '../json';

/** A name with the kinds of value that it may hold, such as `image` or `object_detection_prediction`; `*` is any. */
export interface WorkflowPort {
  name: string;
  /** Empty: not told. */
  kinds: string[];
}

/** An input. */
export interface WorkflowInput extends WorkflowPort {
  kind: 'image' | 'parameter' | 'metadata';
  /** Parameters only: what holds where none is given, JSON. Left out: unknown, or there is none. */
  default?: unknown;
}

/** An output. */
export interface WorkflowOutput extends WorkflowPort {
  /** Of one that holds all results of a step: what stands in it. */
  properties?: WorkflowPort[];
}

/** See the file header. */
export interface WorkflowInterface {
  inputs: WorkflowInput[];
  outputs: WorkflowOutput[];
  /** `specification`: only names are certain, the server could not tell the kinds. */
  told: 'server' | 'specification';
}

type JsonObject = Record<string, unknown>;

const MAX_PORTS = 200;
const MAX_KINDS = 20;
const MAX_NAME = 200;
/** As JSON text; a larger default is left out. */
const MAX_DEFAULT = 10_000;

const INPUT_KINDS: ReadonlyMap<unknown, WorkflowInput['kind']> = new Map([
  ['InferenceImage', 'image'],
  ['WorkflowImage', 'image'],
  ['WorkflowVideoMetadata', 'metadata'],
]);

/** The answer of either `describe_interface` route. */
export function parseDescription(json: unknown): WorkflowInterface | undefined {
  if (!isRecord(json) || !isRecord(json['inputs']) || !isRecord(json['outputs'])) return undefined;
  const inputs = ports(json['inputs']).map(([name, value]): WorkflowInput => {
    const kinds = texts(value);
    const kind = kinds.includes('image') ? 'image' : kinds.includes('video_metadata') ? 'metadata' : 'parameter';
    return { name, kind, kinds };
  });
  const outputs = ports(json['outputs']).map(([name, value]): WorkflowOutput => {
    if (!isRecord(value)) return { name, kinds: texts(value) };
    const properties = ports(value).map(([property, kinds]) => ({ name: property, kinds: texts(kinds) }));
    return { name, kinds: [], properties };
  });
  return { inputs, outputs, told: 'server' };
}

/** What can be read without a server: names, declared kinds and defaults. */
export function interfaceOfSpecification(specification: unknown): WorkflowInterface | undefined {
  if (!isRecord(specification) || !Array.isArray(specification['outputs'])) return undefined;
  const inputs = entries(specification['inputs']).map(([name, entry]): WorkflowInput => {
    const kind = INPUT_KINDS.get(entry['type']) ?? 'parameter';
    const kinds = kind === 'parameter' ? texts(entry['kind']) : [kind === 'image' ? 'image' : 'video_metadata'];
    return { name, kind, kinds, ...(kind === 'parameter' ? defaultOf(entry) : {}) };
  });
  const outputs = entries(specification['outputs']).map(([name]): WorkflowOutput => ({ name, kinds: [] }));
  return { inputs, outputs, told: 'specification' };
}

/** The defaults of the parameters, which only the specification tells. */
export function withDefaults(described: WorkflowInterface, specification: unknown): WorkflowInterface {
  const declared = new Map(interfaceOfSpecification(specification)?.inputs.map((input) => [input.name, input]));
  const inputs = described.inputs.map((input) => {
    const found = input.kind === 'parameter' ? declared.get(input.name) : undefined;
    return found === undefined || found.default === undefined ? input : { ...input, default: found.default };
  });
  return { ...described, inputs };
}

/** Whether an output only passes an input on: no server describes such a workflow (protocol.md G). */
export function passesInputsOn(specification: unknown): boolean {
  if (!isRecord(specification)) return false;
  return entries(specification['outputs']).some(
    ([, { selector }]) => typeof selector === 'string' && selector.startsWith('$inputs.'),
  );
}

function defaultOf(entry: JsonObject): { default?: unknown } {
  const value = entry['default_value'];
  if (value === undefined || value === null || !isShort(value)) return {};
  return { default: value };
}

/** As JSON; what is nested too deeply to be written is not. */
function isShort(value: unknown): boolean {
  try {
    return JSON.stringify(value).length <= MAX_DEFAULT;
  } catch {
    return false;
  }
}

function ports(record: JsonObject): [string, unknown][] {
  return Object.entries(record)
    .filter(([name]) => name !== '' && name.length <= MAX_NAME)
    .slice(0, MAX_PORTS);
}

function entries(list: unknown): [string, JsonObject][] {
  const all: unknown[] = Array.isArray(list) ? list : [];
  return all.slice(0, MAX_PORTS).flatMap((entry): [string, JsonObject][] => {
    const name = isRecord(entry) ? entry['name'] : undefined;
    if (!isRecord(entry) || typeof name !== 'string' || name === '' || name.length > MAX_NAME) return [];
    return [[name, entry]];
  });
}

function texts(list: unknown): string[] {
  const all: unknown[] = Array.isArray(list) ? list : [];
  // Newer servers may write a kind as an object with a name.
  const names = all.map((kind) => (isRecord(kind) ? kind['name'] : kind));
  return names
    .filter((kind): kind is string => typeof kind === 'string' && kind.length <= MAX_NAME)
    .slice(0, MAX_KINDS);
}
