/** A workflow specification as typed records: JSON in, `WorkflowDefinition` out. Refuses what has not its shape. */
import { isRecord } from '../json';
import { WorkflowRefusal } from './workflow-refusal';

/** `$inputs.name` or `$steps.name.property`. */
export type Selector = { kind: 'input'; name: string } | { kind: 'step'; step: string; property: string };

/** A declared input. */
export interface WorkflowInput {
  name: string;
  kind: 'image' | 'parameter' | 'metadata';
  /** Parameters only; `undefined` = must be given. */
  fallback: unknown;
}

/** A step before its block is known. */
export interface StepDefinition {
  name: string;
  type: string;
  properties: Record<string, unknown>;
}

/** A declared output. */
export interface OutputDefinition {
  name: string;
  selector: Selector;
  /** Whether detections of a crop are told in the coordinates of the whole picture. */
  coordinates: 'own' | 'parent';
}

/** A specification that has the right shape. */
export interface WorkflowDefinition {
  inputs: WorkflowInput[];
  steps: StepDefinition[];
  outputs: OutputDefinition[];
}

/** Each step costs time on every frame; real workflows have a handful. */
const MAX_ENTRIES = 64;

const INPUT_KINDS = new Map<unknown, WorkflowInput['kind']>([
  ['InferenceImage', 'image'],
  ['WorkflowImage', 'image'],
  ['InferenceParameter', 'parameter'],
  ['WorkflowParameter', 'parameter'],
  ['WorkflowVideoMetadata', 'metadata'],
]);

/** Parses a specification; throws `WorkflowRefusal` with the first thing that is wrong. */
export function parseWorkflowDefinition(specification: unknown): WorkflowDefinition {
  const record = asRecord(specification, 'specification');
  const definition = {
    inputs: asList(record, 'inputs').map(parseInput),
    steps: asList(record, 'steps').map(parseStep),
    outputs: asList(record, 'outputs').map(parseOutput),
  };
  refuseDuplicates(definition.inputs, 'input');
  refuseDuplicates(definition.steps, 'step');
  refuseDuplicates(definition.outputs, 'output');
  return definition;
}

/** A selector, or `undefined` if the text is none. */
export function parseSelector(text: unknown): Selector | undefined {
  if (typeof text !== 'string') return undefined;
  const input = /^\$inputs\.([\w-]+)$/.exec(text)?.[1];
  if (input !== undefined) return { kind: 'input', name: input };
  const [, step, property] = /^\$steps\.([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
  return step === undefined || property === undefined ? undefined : { kind: 'step', step, property };
}

function parseInput(entry: unknown, index: number): WorkflowInput {
  const record = asRecord(entry, `inputs[${index}]`);
  const kind = INPUT_KINDS.get(record['type']);
  if (kind === undefined) throw refused(`Input type ${quoted(record['type'])} is not supported.`);
  return { name: nameOf(record, `inputs[${index}]`), kind, fallback: record['default_value'] };
}

function parseStep(entry: unknown, index: number): StepDefinition {
  const record = asRecord(entry, `steps[${index}]`);
  const type = record['type'];
  if (typeof type !== 'string') throw refused(`steps[${index}] has no type.`);
  return { name: nameOf(record, `steps[${index}]`), type, properties: record };
}

function parseOutput(entry: unknown, index: number): OutputDefinition {
  const record = asRecord(entry, `outputs[${index}]`);
  if (record['type'] !== 'JsonField') throw refused(`outputs[${index}] is not of type JsonField.`);
  const selector = parseSelector(record['selector']);
  if (selector === undefined) {
    throw refused(`outputs[${index}] has an unusable selector: ${quoted(record['selector'])}.`);
  }
  const coordinates = record['coordinates_system'] === 'own' ? 'own' : 'parent';
  return { name: nameOf(record, `outputs[${index}]`), selector, coordinates };
}

function refuseDuplicates(entries: { name: string }[], what: string): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(name)) throw refused(`Found duplicated ${what} name: ${name}.`);
    seen.add(name);
  }
}

function nameOf(record: Record<string, unknown>, where: string): string {
  const name = record['name'];
  if (typeof name !== 'string' || name === '') throw refused(`${where} has no name.`);
  return name;
}

function asList(record: Record<string, unknown>, field: string): unknown[] {
  const list = record[field];
  if (!Array.isArray(list)) throw refused(`Workflow definition misses the list "${field}".`);
  if (list.length > MAX_ENTRIES) throw refused(`More than ${MAX_ENTRIES} ${field} are not supported.`);
  return list;
}

function asRecord(value: unknown, where: string): Record<string, unknown> {
  if (!isRecord(value)) throw refused(`Workflow ${where} is not an object.`);
  return value;
}

const MAX_QUOTED_LENGTH = 200;

/** What was sent, for a message; what is no text may be nested too deeply to be written. */
function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_QUOTED_LENGTH)) : typeof value;
}

function refused(message: string): WorkflowRefusal {
  return new WorkflowRefusal('syntax', message);
}
