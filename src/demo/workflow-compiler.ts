/**
 * Turns a specification into steps in running order with every reference checked. Throws `WorkflowRefusal`: `syntax`
 * for unknown blocks and wrong property values, `reference` for what points nowhere, at the wrong kind, or in a circle.
 */
import { type Block, BLOCKS, type PropertyRule } from './blocks';
import type { BlockProblem } from './error-answers';
import {
  type OutputDefinition,
  parseSelector,
  parseWorkflowDefinition,
  type Selector,
  type StepDefinition,
  type WorkflowDefinition,
  type WorkflowInput,
} from './workflow-definition';
import { WorkflowRefusal } from './workflow-refusal';

/** A property's value: fixed, or looked up on each frame (images, detections) or once (parameters). */
export type BoundProperty = { kind: 'literal'; value: unknown } | { kind: 'reference'; selector: Selector };

/** A step whose block is known. */
export interface CompiledStep {
  name: string;
  block: Block;
  properties: Map<string, BoundProperty>;
}

/** An output with the kinds it can have. */
export interface CompiledOutput extends OutputDefinition {
  kinds: string[];
}

/** A workflow that can run. */
export interface CompiledWorkflow {
  inputs: WorkflowInput[];
  /** In running order. */
  steps: CompiledStep[];
  outputs: CompiledOutput[];
}

/** See the file header. */
export function compileWorkflow(specification: unknown): CompiledWorkflow {
  const definition = parseWorkflowDefinition(specification);
  const steps = compileSteps(definition.steps);
  const scope = { inputs: definition.inputs, steps };
  for (const step of steps) checkReferences(step, scope);
  return {
    inputs: definition.inputs,
    steps: inRunningOrder(steps),
    outputs: definition.outputs.map((output) => ({ ...output, kinds: kindsOf(output.selector, scope) })),
  };
}

/** Names of all outputs that are pictures, in the order of declaration. */
export function imageOutputs(workflow: CompiledWorkflow): string[] {
  return workflow.outputs.filter((output) => output.kinds.includes('image')).map((output) => output.name);
}

interface Scope {
  inputs: WorkflowDefinition['inputs'];
  steps: CompiledStep[];
}

function compileSteps(definitions: StepDefinition[]): CompiledStep[] {
  const problems: BlockProblem[] = [];
  const steps: CompiledStep[] = [];
  for (const definition of definitions) {
    const block = BLOCKS.get(definition.type);
    if (block === undefined) {
      const known = [...BLOCKS.keys()].join(', ');
      problems.push(problem(definition, null, `Unknown block type. This server offers: ${known}`));
      continue;
    }
    const properties = new Map<string, BoundProperty>();
    for (const [name, rule] of Object.entries(block.properties)) {
      const bound = bindProperty(rule, definition.properties[name]);
      if (bound === undefined) problems.push(problem(definition, name, `Expected ${expectation(rule)}`));
      else properties.set(name, bound);
    }
    steps.push({ name: definition.name, block, properties });
  }
  if (problems.length > 0) throw new WorkflowRefusal('syntax', 'Could not parse workflow definition.', problems);
  return steps;
}

function bindProperty(rule: PropertyRule, given: unknown): BoundProperty | undefined {
  const selector = parseSelector(given);
  if (selector !== undefined) return { kind: 'reference', selector };
  if (rule.accepts !== 'value') return undefined;
  if (given === undefined) return 'fallback' in rule ? { kind: 'literal', value: rule.fallback } : undefined;
  return rule.check(given) ? { kind: 'literal', value: given } : undefined;
}

function expectation(rule: PropertyRule): string {
  return rule.accepts === 'value' ? rule.expected : `a selector of ${rule.accepts}`;
}

function problem(step: StepDefinition, property: string | null, details: string): BlockProblem {
  return {
    block_id: step.name,
    block_type: step.type,
    block_details: property === null ? details : null,
    property_name: property,
    property_details: property === null ? null : details,
    block_traceback: null,
  };
}

const KIND_OF_RULE = {
  image: 'image',
  detections: 'object_detection_prediction',
  value: 'parameter',
} as const satisfies Record<PropertyRule['accepts'], string>;

function checkReferences(step: CompiledStep, scope: Scope): void {
  for (const [name, bound] of step.properties) {
    const rule = step.block.properties[name];
    if (bound.kind === 'literal' || rule === undefined) continue;
    const wanted = KIND_OF_RULE[rule.accepts];
    if (!kindsOf(bound.selector, scope).includes(wanted)) {
      throw new WorkflowRefusal(
        'reference',
        `Property "${name}" of step "${step.name}" refers to ${selectorText(bound.selector)}, which is no ${wanted}.`,
      );
    }
  }
}

/** Kinds of what a selector points at; throws if it points nowhere. */
function kindsOf(selector: Selector, scope: Scope): string[] {
  if (selector.kind === 'input') {
    const input = scope.inputs.find((candidate) => candidate.name === selector.name);
    if (input !== undefined) return [input.kind];
  } else {
    const step = scope.steps.find((candidate) => candidate.name === selector.step);
    const outputs = step?.block.outputs ?? {};
    // What every object inherits is no output.
    const kinds = Object.hasOwn(outputs, selector.property) ? outputs[selector.property] : undefined;
    if (kinds !== undefined) return kinds;
  }
  throw new WorkflowRefusal('reference', `Detected a reference to ${selectorText(selector)}, which does not exist.`);
}

function selectorText(selector: Selector): string {
  return selector.kind === 'input' ? `$inputs.${selector.name}` : `$steps.${selector.step}.${selector.property}`;
}

function inRunningOrder(steps: readonly CompiledStep[]): CompiledStep[] {
  const ordered: CompiledStep[] = [];
  let waiting = [...steps];
  while (waiting.length > 0) {
    const done = new Set(ordered.map((step) => step.name));
    const ready = waiting.filter((step) => sources(step).every((name) => done.has(name)));
    if (ready.length === 0) {
      const names = waiting.map((step) => step.name).join(', ');
      throw new WorkflowRefusal('reference', `The steps ${names} depend on each other in a circle.`);
    }
    ordered.push(...ready);
    waiting = waiting.filter((step) => !ready.includes(step));
  }
  return ordered;
}

function sources(step: CompiledStep): string[] {
  return [...step.properties.values()].flatMap((bound) =>
    bound.kind === 'reference' && bound.selector.kind === 'step' ? [bound.selector.step] : [],
  );
}
