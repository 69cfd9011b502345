/** Session options with the two outputs of a model filled in where they were left out (protocol.md G). Pure. */
import { MODEL_IMAGE, MODEL_PREDICTIONS } from '../signalling/model-specification';
import type { SessionOptions } from './options';

/** The options themselves where no model runs. `[]` is a wish and stays: upstream cannot tell it from none. */
export function withModelDefaults(options: SessionOptions): SessionOptions {
  if (options.workflow.kind !== 'model') return options;
  return {
    ...options,
    streamOutput: options.streamOutput === undefined ? [MODEL_IMAGE] : options.streamOutput,
    dataOutput: options.dataOutput ?? [MODEL_PREDICTIONS],
  };
}

/** What the model found in the frame that has these `outputs`, verbatim; null when it never came. */
export function modelPredictions(outputs: unknown): unknown {
  if (typeof outputs !== 'object' || outputs === null || !(MODEL_PREDICTIONS in outputs)) return null;
  return outputs[MODEL_PREDICTIONS] ?? null;
}
