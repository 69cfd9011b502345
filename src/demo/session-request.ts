/**
 * The body of `POST /initialise_webrtc_worker` (protocol.md A.1, A.2): JSON in, `SessionRequest` out. Reports every
 * field that does not fit, as pydantic does; unknown fields are ignored.
 */
import { isRecord } from '../json';
import type { SchemaProblem } from './error-answers';

/** What a client asked for, defaults filled in. */
export interface SessionRequest {
  offerSdp: string;
  workflow:
    | { kind: 'specification'; specification: Record<string, unknown> }
    | { kind: 'saved'; workspaceName: string; workflowId: string }
    | { kind: 'none' };
  imageInputName: string;
  parameters: Record<string, unknown>;
  realtime: boolean;
  /** null = the server finds the picture output itself. */
  streamOutput: string[] | null;
  dataOutput: string[];
  declaredFps: number | null;
  /** Seconds; null = no limit. */
  processingTimeoutS: number | null;
  /** `rtsp_url`, which wins, or `mjpeg_url`. */
  pullUrl: string | null;
}

/** A request, or what was wrong with it. */
export type ParsedSessionRequest =
  { kind: 'request'; request: SessionRequest } | { kind: 'problems'; problems: SchemaProblem[] };

const DEFAULT_PROCESSING_TIMEOUT_S = 3_600;

/** See the file header. */
export function parseSessionRequest(body: unknown): ParsedSessionRequest {
  const reader = new BodyReader(body, ['body']);
  const configuration = reader.object('workflow_configuration');
  const offer = reader.object('webrtc_offer');
  configuration.literal('type', 'WorkflowConfiguration');
  const offerType = offer.text('type', { required: true });
  const request: SessionRequest = {
    offerSdp: offer.text('sdp', { required: true }) ?? '',
    workflow: workflowOf(configuration),
    imageInputName: configuration.text('image_input_name') ?? 'image',
    parameters: configuration.record('workflows_parameters') ?? {},
    realtime: reader.flag('webrtc_realtime_processing') ?? true,
    streamOutput: reader.texts('stream_output'),
    dataOutput: (reader.texts('data_output') ?? []).filter((name) => name !== ''),
    declaredFps: reader.number('declared_fps'),
    processingTimeoutS: reader.has('processing_timeout')
      ? reader.number('processing_timeout')
      : DEFAULT_PROCESSING_TIMEOUT_S,
    pullUrl: reader.text('rtsp_url') ?? reader.text('mjpeg_url'),
  };
  if (offerType !== null && offerType !== 'offer') offer.wrong('type', 'literal_error', "Input should be 'offer'");
  reader.text('api_key');
  const problems = [...reader.problems, ...configuration.problems, ...offer.problems];
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'request', request };
}

function workflowOf(configuration: BodyReader): SessionRequest['workflow'] {
  const specification = configuration.record('workflow_specification');
  const workspaceName = configuration.text('workspace_name');
  const workflowId = configuration.text('workflow_id');
  if (specification !== null) return { kind: 'specification', specification };
  if (workspaceName !== null && workflowId !== null) return { kind: 'saved', workspaceName, workflowId };
  return { kind: 'none' };
}

/** Reads fields of one object and collects what is wrong with them. */
class BodyReader {
  readonly problems: SchemaProblem[] = [];
  readonly #fields: Record<string, unknown>;
  readonly #path: (string | number)[];

  constructor(value: unknown, path: (string | number)[]) {
    this.#path = path;
    this.#fields = isRecord(value) ? value : {};
    if (!isRecord(value) && value !== undefined) {
      const msg = 'Input should be a valid dictionary';
      this.problems.push({ type: 'model_attributes_type', loc: path, msg, input: value });
    }
  }

  has(name: string): boolean {
    return name in this.#fields;
  }

  /** A required object. */
  object(name: string): BodyReader {
    if (!this.has(name)) this.#missing(name);
    return new BodyReader(this.#fields[name], [...this.#path, name]);
  }

  literal(name: string, expected: string): void {
    if (!this.has(name)) this.#missing(name);
    else if (this.#fields[name] !== expected) this.wrong(name, 'literal_error', `Input should be '${expected}'`);
  }

  text(name: string, options: { required?: boolean } = {}): string | null {
    const value = this.#value(name, options.required === true);
    if (value === undefined || typeof value === 'string') return value ?? null;
    return this.wrong(name, 'string_type', 'Input should be a valid string');
  }

  number(name: string): number | null {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'number') return value ?? null;
    return this.wrong(name, 'float_type', 'Input should be a valid number');
  }

  flag(name: string): boolean | null {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'boolean') return value ?? null;
    return this.wrong(name, 'bool_type', 'Input should be a valid boolean');
  }

  record(name: string): Record<string, unknown> | null {
    const value = this.#value(name);
    if (value === undefined || isRecord(value)) return value ?? null;
    return this.wrong(name, 'dict_type', 'Input should be a valid dictionary');
  }

  texts(name: string): string[] | null {
    const value = this.#value(name);
    if (value === undefined) return null;
    const texts: string[] = [];
    for (const entry of Array.isArray(value) ? (value as unknown[]) : [undefined]) {
      if (typeof entry !== 'string') return this.wrong(name, 'list_type', 'Input should be a valid list of strings');
      texts.push(entry);
    }
    return texts;
  }

  /** Notes a problem; returns null so that a reader can end with it. */
  wrong(name: string, type: string, msg: string): null {
    this.problems.push({ type, loc: [...this.#path, name], msg, input: this.#fields[name] });
    return null;
  }

  /** The field, `undefined` where it is absent or null. */
  #value(name: string, required = false): unknown {
    const value = this.#fields[name];
    if (required && value === undefined) this.#missing(name);
    return value === null ? undefined : value;
  }

  #missing(name: string): void {
    // Like the real server, the whole object is echoed, keys included: clients have to redact.
    this.problems.push({ type: 'missing', loc: [...this.#path, name], msg: 'Field required', input: this.#fields });
  }
}
