/** Node-RED's message, context and environment as the scope of a template. */
import type { Node, NodeAPI } from 'node-red';
import { isRecord } from '../../src/index';
import type { FlowScope } from './flow-value';

/** The scope of `node`; `message` is the one that asked for the start, if any. */
export function templateScope(RED: NodeAPI, node: Node, message: unknown): FlowScope {
  return {
    message: message ?? {},
    environment(name) {
      // An unset variable comes as an empty string.
      const value: unknown = RED.util.evaluateNodeProperty(name, 'env', node, {});
      return value === '' ? undefined : value;
    },
    context(kind, key, store) {
      return new Promise((resolve, reject) => {
        node.context()[kind].get(key, store, (error: unknown, value: unknown) => {
          if (error instanceof Error) reject(error);
          else resolve(value);
        });
      });
    },
    evaluate(source, expression) {
      return new Promise((resolve, reject) => {
        RED.util.evaluateNodeProperty(expression, source, node, isRecord(message) ? message : {}, (error, value) => {
          // Context stores of others call back with undefined where Node-RED's own says null.
          if (error instanceof Error) reject(error);
          else resolve(source === 'env' && value === '' ? undefined : value);
        });
      });
    },
  };
}
