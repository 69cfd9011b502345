/**
 * Values that a flow gives when a stream starts: a property of the message, of a context, or an environment variable, as
 * a typedInput of the editor names them. What is not there is refused: half a set of options would run the wrong thing.
 */
import { SessionError } from '../../src/index';
import type { TemplateScope } from './templates';

/** Where such a value comes from. */
export const FLOW_SOURCES = ['msg', 'flow', 'global', 'env'] as const;
export type FlowSource = (typeof FLOW_SOURCES)[number];

/** What a value may be looked up in. */
export interface FlowScope extends TemplateScope {
  /** As Node-RED reads the expression of a typedInput; `undefined` where there is nothing. */
  evaluate(source: FlowSource, expression: string): Promise<unknown>;
}

/** A value that is not known before the start. */
export interface FlowValue {
  source: FlowSource;
  expression: string;
}

/** The value; `field` names it in messages. Rejects TEMPLATE_UNRESOLVED. */
export async function flowValue({ source, expression }: FlowValue, field: string, scope: FlowScope): Promise<unknown> {
  const name = `${source}.${expression}`;
  const value = await scope.evaluate(source, expression).catch((thrown: unknown) => {
    const reason = thrown instanceof Error ? thrown.message : 'unknown reason';
    throw unresolved(field, name, `cannot be read (${reason})`);
  });
  if (value === undefined) throw unresolved(field, name, 'has no value');
  return value;
}

function unresolved(field: string, name: string, what: string): SessionError {
  const message =
    `"${field}" is ${name}, which ${what}: give it one before the stream starts, or start the stream by a message ` +
    'that has it.';
  return new SessionError('TEMPLATE_UNRESOLVED', message, { details: { field, name } });
}
