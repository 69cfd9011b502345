/** What a signalling server answered, parsed: its answer SDP (protocol.md A.4), its `/info`, or an interface (G). */
import { SessionError } from '../errors';
import { isRecord, parsedJson } from '../json';
import { parseDescription } from './workflow-interface';
import type { WorkflowInterface } from './workflow-interface';

/** An HTTP answer, whole. */
export interface HttpAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string | undefined>;
  body: string;
}

/** The answer to `initialise`. */
export interface InitialiseAnswer {
  answerSdp: string;
}

/** The answer to `info`. */
export interface ServerInfo {
  name: string | null;
  version: string | null;
  uuid: string | null;
}

/** Reads a 200 of `/initialise_webrtc_worker`. Throws SERVER_ANSWER_INVALID naming `where`. */
export function parseInitialiseAnswer(answer: HttpAnswer, where: string): InitialiseAnswer {
  const json = parseObject(answer, where);
  const { sdp, type, status } = {
    sdp: json['sdp'],
    type: json['type'] ?? 'answer',
    status: json['status'] ?? 'success',
  };
  if (typeof sdp !== 'string' || !sdp.startsWith('v=') || type !== 'answer' || status !== 'success') {
    throw invalid(where, 'its reply holds no SDP answer');
  }
  return { answerSdp: sdp };
}

/** Reads a 200 of `/info`. Throws SERVER_ANSWER_INVALID naming `where`. */
export function parseInfo(answer: HttpAnswer, where: string): ServerInfo {
  const json = parseObject(answer, where);
  const text = (field: string) => (typeof json[field] === 'string' ? json[field] : null);
  return { name: text('name'), version: text('version'), uuid: text('uuid') };
}

/** The body as a JSON object, or undefined. */
export function jsonObject(body: string): Record<string, unknown> | undefined {
  const json = parsedJson(body);
  return isRecord(json) ? json : undefined;
}

/** Reads a 200 of either `describe_interface` route. Throws SERVER_ANSWER_INVALID naming `where`. */
export function parseInterface(answer: HttpAnswer, where: string): WorkflowInterface {
  const described = parseDescription(parseObject(answer, where));
  if (described !== undefined) return described;
  throw invalid(where, 'its description of the workflow names no inputs and outputs');
}

function parseObject(answer: HttpAnswer, where: string): Record<string, unknown> {
  const json = jsonObject(answer.body);
  if (json !== undefined) return json;
  throw invalid(where, /^\s*</.test(answer.body) ? 'it replied with a web page' : 'its reply is not JSON');
}

function invalid(where: string, what: string): SessionError {
  return new SessionError(
    'SERVER_ANSWER_INVALID',
    `The server at ${where} does not speak the expected protocol (${what}): check that the URL is that of an ` +
      'inference server.',
    { details: { reason: what } },
  );
}
