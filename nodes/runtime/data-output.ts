/**
 * What an `on-data` node sends for a frame and at the end of a stream. Every message owns all it holds: Node-RED passes
 * the first wire the very object, so anything shared would let one branch of a flow change what another sees.
 */
import type { NodeMessage } from 'node-red';
import type { DataEvent, PhaseEvent } from '../../src/index';
import { FieldGate } from './field-gate';
import type { OnDataSettings } from './listener-settings';
import { valueAt } from './output-path';
import { copyOf, copyWithBuffers } from './own-copy';
import { predictionShapes } from './prediction-shapes';
import { ENDED } from './stream-phases';

/** One entry an output, null where nothing is sent on it. */
export type OutputMessages = (NodeMessage | null)[];

export class DataOutput {
  readonly #settings: OnDataSettings;
  readonly #gates: readonly FieldGate[];

  constructor(settings: OnDataSettings) {
    this.#settings = settings;
    this.#gates = settings.fields.map(({ emission }) => new FieldGate(emission));
  }

  /** In the order of the settings: each field, the dictionary, the errors. Remembers what fields were. */
  messages(event: DataEvent, stream: string): OutputMessages {
    const { fields, wholeDictionary, frameErrors } = this.#settings;
    const { outputs, metadata } = event;
    const messages: OutputMessages = fields.map(({ path, segments }, index) => {
      const value = valueAt(outputs, segments);
      const passes = value !== undefined && this.#gates[index]?.passes(stream, value) === true;
      return passes ? this.#message(event, stream, { topic: path, payload: value }) : null;
    });
    if (wholeDictionary) {
      messages.push(outputs === null ? null : this.#message(event, stream, { topic: '*', payload: outputs }));
    }
    if (frameErrors) {
      const errors = { topic: 'errors', payload: metadata.errors };
      messages.push(metadata.errors.length === 0 ? null : this.#message(event, stream, errors));
    }
    return messages;
  }

  /** One message on the last output when a stream has ended and somebody wants to know; `undefined` otherwise. */
  end(event: PhaseEvent, stream: string): OutputMessages | undefined {
    const { fields, wholeDictionary, frameErrors, endOfStream } = this.#settings;
    if (!endOfStream || !ENDED.has(event.phase) || event.phase === event.previous) return undefined;
    const before = fields.length + Number(wholeDictionary) + Number(frameErrors);
    const { phase, error } = event;
    const payload = { state: phase, code: error?.code ?? null, reason: error?.message ?? null };
    return [...Array.from({ length: before }, () => null), { topic: 'end', stream, payload }];
  }

  #message(event: DataEvent, stream: string, { topic, payload }: { topic: string; payload: unknown }): NodeMessage {
    return {
      topic,
      payload: this.#settings.buffers ? copyWithBuffers(payload) : copyOf(payload),
      stream,
      metadata: copyOf(event.metadata),
      timing: { ...event.timing },
      ...(this.#settings.shapes ? predictionShapes(payload) : {}),
    };
  }
}
