/** A compiled workflow at work for one session: pictures in, outputs out; holds the state of its steps. */
import type { Picture } from '../media/video';
import type { PropertyRule, StepInputs, StepRunner } from './blocks';
import type { CompiledOutput, CompiledStep, CompiledWorkflow } from './workflow-compiler';
import type { Selector } from './workflow-definition';
import type { DetectionsValue, ImageValue, WorkflowValue } from './workflow-values';

/** What is fixed for the session. */
export interface RunOptions {
  /** Name of the input that takes the frames. */
  imageInputName: string;
  parameters: Record<string, unknown>;
}

/** An output of one frame. */
export interface OutputValue {
  output: CompiledOutput;
  value: WorkflowValue;
}

/** See the file header. */
export class WorkflowRun {
  readonly #workflow: CompiledWorkflow;
  readonly #options: RunOptions;
  #runners: Map<CompiledStep, StepRunner> | undefined;

  constructor(workflow: CompiledWorkflow, options: RunOptions) {
    this.#workflow = workflow;
    this.#options = options;
  }

  /**
   * All outputs of one frame. Throws an `Error` where the frame cannot be processed: a wrong image input name or
   * parameter is told on every frame and not at the start, as upstream does (protocol.md A.2).
   */
  process(picture: Picture): OutputValue[] {
    const frame = new FrameScope(picture, this.#options.imageInputName);
    this.#checkInputs();
    this.#runners ??= new Map(this.#workflow.steps.map((step) => [step, this.#createRunner(step)]));
    for (const step of this.#workflow.steps) {
      const outputs = this.#runners.get(step)?.(frame.inputsOf(step)) ?? {};
      for (const [name, value] of Object.entries(outputs)) frame.set(step.name, name, value);
    }
    return this.#workflow.outputs.map((output) => ({ output, value: frame.lookUp(output.selector) }));
  }

  #checkInputs(): void {
    for (const input of this.#workflow.inputs) {
      if (input.kind === 'image' && input.name !== this.#options.imageInputName) {
        throw new Error(`Missing required image input '${input.name}'`);
      }
    }
  }

  #createRunner(step: CompiledStep): StepRunner {
    const values = new Map<string, unknown>();
    for (const [name, rule] of Object.entries(step.block.properties)) {
      if (rule.accepts === 'value') values.set(name, this.#valueOf(step, name, rule));
    }
    return step.block.create(values);
  }

  #valueOf(step: CompiledStep, name: string, rule: Extract<PropertyRule, { accepts: 'value' }>): unknown {
    const bound = step.properties.get(name);
    if (bound?.kind !== 'reference') return bound?.value;
    const value = this.#parameter(bound.selector);
    if (!rule.check(value)) {
      throw new Error(`Property '${name}' of step '${step.name}' is not ${rule.expected}`);
    }
    return value;
  }

  #parameter(selector: Selector): unknown {
    if (selector.kind !== 'input') return undefined;
    const declared = this.#workflow.inputs.find((input) => input.name === selector.name);
    const value = this.#options.parameters[selector.name] ?? declared?.fallback;
    if (value === undefined) throw new Error(`Missing required parameter '${selector.name}'`);
    return value;
  }
}

/** Everything known about one frame. */
class FrameScope {
  readonly #values = new Map<string, WorkflowValue>();

  constructor(picture: Picture, imageInputName: string) {
    this.#values.set(`$inputs.${imageInputName}`, { kind: 'image', picture, origin: null });
  }

  set(step: string, output: string, value: WorkflowValue): void {
    this.#values.set(`$steps.${step}.${output}`, value);
  }

  lookUp(selector: Selector): WorkflowValue {
    const key = selector.kind === 'input' ? `$inputs.${selector.name}` : `$steps.${selector.step}.${selector.property}`;
    return this.#values.get(key) ?? { kind: 'plain', value: null };
  }

  inputsOf(step: CompiledStep): StepInputs {
    const valueOf = (property: string): WorkflowValue => {
      const bound = step.properties.get(property);
      return bound?.kind === 'reference' ? this.lookUp(bound.selector) : { kind: 'plain', value: null };
    };
    const missing = (property: string): Error => new Error(`Step '${step.name}' received nothing for '${property}'`);
    return {
      image(property): ImageValue {
        const value = valueOf(property);
        if (value.kind !== 'image') throw missing(property);
        return value;
      },
      detections(property): DetectionsValue {
        const value = valueOf(property);
        if (value.kind !== 'detections') throw missing(property);
        return value;
      },
    };
  }
}
