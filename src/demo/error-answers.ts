/** The error answers of protocol.md A.5, one builder or literal a row. Pure: facts in, status and body out. */
import type { HttpAnswer } from './http-answer';

/** One wrong field of a request body, as pydantic reports it. */
export interface SchemaProblem {
  type: string;
  loc: (string | number)[];
  msg: string;
  /** What stood there; the real server echoes it, keys included. */
  input: unknown;
}

/** A step of a workflow that could not be understood. */
export interface BlockProblem {
  block_id: string | null;
  block_type: string | null;
  block_details: string | null;
  property_name: string | null;
  property_details: string | null;
  block_traceback: null;
}

/** 422: the body does not fit the schema. */
export function schemaAnswer(problems: SchemaProblem[]): HttpAnswer {
  return { status: 422, body: { detail: problems } };
}

/** 400: an output name that the workflow does not have; lists the valid ones. */
export function unknownOutputAnswer(field: string, unknown: string[], valid: string[]): HttpAnswer {
  const message = `Invalid ${field}: ${unknown.join(', ')}. Valid outputs of the workflow: ${valid.join(', ') || '(none)'}`;
  return { status: 400, body: { message, error_type: 'WebRTCConfigurationError' } };
}

/** 400: a step, block or property that cannot be parsed. */
export function workflowSyntaxAnswer(message: string, blocks: BlockProblem[] | null): HttpAnswer {
  return {
    status: 400,
    body: {
      message,
      error_type: 'WorkflowSyntaxError',
      context: 'workflow_compilation | workflow_definition_parsing',
      inner_error_type: 'None',
      inner_error_message: 'None',
      blocks_errors: blocks,
      python_blocks_output_streams: null,
      python_blocks_debug_traces: null,
    },
  };
}

/** 500: any other compile error (bad reference, cycle). Permanent. */
export function workflowErrorAnswer(message: string): HttpAnswer {
  return {
    status: 500,
    body: {
      message,
      error_type: 'WorkflowError',
      context: null,
      inner_error_type: null,
      inner_error_message: 'None',
      blocks_errors: null,
      python_blocks_output_streams: null,
      python_blocks_debug_traces: null,
    },
  };
}

/** 400 with a plain explanation. */
export function badRequestAnswer(message: string): HttpAnswer {
  return { status: 400, body: { message } };
}

/** 404: the saved workflow does not exist. */
export function notFoundAnswer(what: string): HttpAnswer {
  return { status: 404, body: { message: `Requested Roboflow resource not found: ${what}` } };
}

/** 429: all session slots are taken. */
export function quotaAnswer(limit: number): HttpAnswer {
  const message = `The workspace has reached its limit of ${limit} concurrent streams.`;
  return { status: 429, body: { message, error_type: 'WorkspaceStreamQuotaError' } };
}

/** The bare 500 that hides everything else. */
export const INTERNAL_ANSWER: HttpAnswer = { status: 500, body: { message: 'Internal error.' } };

/** 405: no such route. */
export const NO_ROUTE_ANSWER: HttpAnswer = { status: 405, body: { detail: 'Method Not Allowed' } };

/** Every answer a fault switch can force on the signalling POST. */
export const FORCED_ANSWERS = {
  'unknown-output': unknownOutputAnswer('data_output', ['nothing'], ['predictions', 'image']),
  'workflow-syntax': workflowSyntaxAnswer('Could not parse workflow definition.', null),
  'missing-key': badRequestAnswer('Required Roboflow API key is missing. Visit the documentation for details.'),
  'key-rejected': { status: 401, body: { message: 'Unauthorized access to roboflow API - check API key.' } },
  'key-unauthorized': { status: 401, body: { status: 401, message: 'Unauthorized api_key' } },
  'credits-middleware': { status: 402, body: { status: 402, message: 'Not enough credits' } },
  'credits-worker': { status: 402, body: { message: 'No credits left.', error_type: 'CreditsExceededError' } },
  'credits-platform': { status: 402, body: { message: 'Not enough credits to perform this request.' } },
  'key-forbidden': { status: 403, body: { message: 'The API key lacks the scope for this operation.' } },
  'not-found': notFoundAnswer('workflow'),
  'no-route': NO_ROUTE_ANSWER,
  schema: schemaAnswer([{ type: 'missing', loc: ['body', 'webrtc_offer'], msg: 'Field required', input: null }]),
  'key-paused': { status: 423, body: { message: 'The usage of this API key is paused.' } },
  quota: quotaAnswer(10),
  'workflow-error': workflowErrorAnswer('Detected a reference to a step that does not exist.'),
  internal: INTERNAL_ANSWER,
  'platform-failed': { status: 502, body: { message: 'Internal error. Request to Roboflow API failed.' } },
  busy: { status: 503, body: { message: 'The server is busy.' }, headers: { 'retry-after': '1' } },
  timeout: { status: 504, body: { message: 'Timeout when attempting to connect to Roboflow API.' } },
} as const satisfies Record<string, HttpAnswer>;

/** Name of a forced answer. */
export type ForcedAnswer = keyof typeof FORCED_ANSWERS;
