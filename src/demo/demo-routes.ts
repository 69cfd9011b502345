/** The routes of protocol.md A, G and L.1, and the set of running sessions behind them. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { FfmpegProgram } from '../ffmpeg/locate';
import { isRecord } from '../json';
import { DemoSession } from './demo-session';
import { isDemoKey, platformRoute } from './demo-platform';
import { savedWorkflow } from './demo-workflow';
import { describeInterface } from './describe-interface';
import {
  FORCED_ANSWERS,
  INTERNAL_ANSWER,
  notFoundAnswer,
  quotaAnswer,
  schemaAnswer,
  unknownOutputAnswer,
  workflowErrorAnswer,
  workflowSyntaxAnswer,
} from './error-answers';
import { type DemoFaults, takeForcedAnswer } from './faults';
import { type HttpAnswer, HttpAnswerError } from './http-answer';
import type { Route, RouteRequest } from './http-server';
import { offerFacts } from './offer-facts';
import { parseSessionRequest, type SessionRequest } from './session-request';
import { type CompiledWorkflow, compileWorkflow } from './workflow-compiler';
import { WorkflowRefusal } from './workflow-refusal';

/** Version told by `/info`; the protocol baseline this server follows. */
const PROTOCOL_VERSION = '1.5.0';

/** What the routes work with. */
export interface DemoRoutesOptions {
  ffmpeg: FfmpegProgram;
  clock: Clock;
  faults: DemoFaults;
  maxSessions: number;
  onChild?: (pid: number, running: boolean) => void;
}

/** See the file header. */
export class DemoRoutes {
  /** Replaced as a whole; read at the moment of use. */
  faults: DemoFaults;
  readonly #options: DemoRoutesOptions;
  readonly #uuid = randomUUID();
  readonly #sessions = new Set<DemoSession>();
  /** POSTs that are held up on purpose: they count as sessions, so that a burst cannot slip past the limit. */
  #delayed = 0;
  #closed = false;

  constructor(options: DemoRoutesOptions) {
    this.#options = options;
    this.faults = options.faults;
  }

  /** Sessions that are not closed yet. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** The route for a method and a path, as `FindRoute` of the HTTP server. */
  find(method: string, segments: readonly string[]): Route | undefined {
    const path = segments.join('/');
    const simple = this.#table[`${method} ${path}`];
    if (simple !== undefined) return simple;
    if (method === 'GET') return platformRoute(segments);
    const [, second, , last] = segments;
    const isSaved = segments.length === 4 && second === 'workflows' && last === 'describe_interface';
    return method === 'POST' && isSaved ? describeSaved : undefined;
  }

  /** Ends every session. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  readonly #table: Partial<Record<string, Route>> = {
    'GET info': () => ok({ name: 'Inference WebRTC demo server', version: PROTOCOL_VERSION, uuid: this.#uuid }),
    'GET healthz': () => ok({ status: 'healthy' }),
    'GET readiness': () => ok({ status: 'ready' }),
    'POST workflows/validate': ({ body }) => (compile(body), ok({ status: 'ok' })),
    'POST workflows/describe_interface': ({ body }) => {
      const specification = isRecord(body) ? body['specification'] : undefined;
      if (specification === undefined) return missingField('specification', body);
      return describeInterface(compile(specification));
    },
    'POST initialise_webrtc_worker': (request) => this.#initialise(request),
  };

  async #initialise({ body, signal }: RouteRequest): Promise<HttpAnswer> {
    if (this.#sessions.size + this.#delayed >= this.#options.maxSessions) return quotaAnswer(this.#options.maxSessions);
    await this.#delay(signal);
    const forced = takeForcedAnswer(this.faults);
    if (forced !== undefined) return FORCED_ANSWERS[forced];
    const parsed = parseSessionRequest(body);
    if (parsed.kind === 'problems') return schemaAnswer(parsed.problems);
    return this.#startSession(parsed.request, signal);
  }

  async #delay(signal: AbortSignal): Promise<void> {
    const { slowPostMs = 0 } = this.faults;
    if (slowPostMs === 0) return;
    this.#delayed += 1;
    await pause(this.#options.clock, slowPostMs, signal);
    this.#delayed -= 1;
  }

  async #startSession(request: SessionRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const workflow = compile(specificationOf(request));
    refuseUnknownOutputs(request, workflow);
    const offer = offerFacts(request.offerSdp);
    if (offer === undefined || this.#closed) return INTERNAL_ANSWER;
    const session = new DemoSession({
      request,
      workflow,
      offer,
      ffmpeg: this.#options.ffmpeg,
      clock: this.#options.clock,
      faults: () => this.faults,
      onClosed: () => this.#sessions.delete(session),
      ...(this.#options.onChild === undefined ? {} : { onChild: this.#options.onChild }),
    });
    this.#sessions.add(session);
    try {
      const sdp = await session.answer();
      if (signal.aborted) await session.close();
      return ok({ status: 'success', context: { request_id: null, pipeline_id: null }, sdp, type: 'answer' });
    } catch {
      // No common codec, malformed SDP and a dead camera hide behind the bare 500 (protocol.md A.5).
      await session.close();
      return INTERNAL_ANSWER;
    }
  }
}

function specificationOf({ workflow }: SessionRequest): Record<string, unknown> {
  switch (workflow.kind) {
    case 'specification':
      return workflow.specification;
    case 'saved': {
      const saved = savedWorkflow(workflow.workspaceName, workflow.workflowId);
      if (saved !== undefined) return saved;
      throw new HttpAnswerError(notFoundAnswer(`workflow ${workflow.workspaceName}/${workflow.workflowId}`));
    }
    case 'none':
      throw new HttpAnswerError(INTERNAL_ANSWER);
  }
}

/** Compiles, or ends the request with the answer the refusal deserves. */
function compile(specification: unknown): CompiledWorkflow {
  try {
    return compileWorkflow(specification);
  } catch (thrown) {
    if (!(thrown instanceof WorkflowRefusal)) throw thrown;
    const { kind, message, blocks } = thrown;
    throw new HttpAnswerError(kind === 'syntax' ? workflowSyntaxAnswer(message, blocks) : workflowErrorAnswer(message));
  }
}

function refuseUnknownOutputs(request: SessionRequest, workflow: CompiledWorkflow): void {
  const valid = workflow.outputs.map((output) => output.name);
  const isUnknown = (name: string): boolean => name !== '' && !valid.includes(name);
  const fields = { stream_output: request.streamOutput ?? [], data_output: request.dataOutput };
  for (const [field, names] of Object.entries(fields)) {
    const everything = field === 'data_output' && names.length === 1 && names[0] === '*';
    const unknown = everything ? [] : names.filter(isUnknown);
    if (unknown.length > 0) throw new HttpAnswerError(unknownOutputAnswer(field, unknown, valid));
  }
}

const describeSaved: Route = ({ segments, body }) => {
  const key = isRecord(body) ? body['api_key'] : undefined;
  if (key !== undefined && !isDemoKey(key)) return FORCED_ANSWERS['key-rejected'];
  const [workspaceName = '', , workflowId = ''] = segments;
  const saved = savedWorkflow(workspaceName, workflowId);
  return saved === undefined
    ? notFoundAnswer(`workflow ${workspaceName}/${workflowId}`)
    : describeInterface(compile(saved));
};

function missingField(name: string, input: unknown): HttpAnswer {
  return schemaAnswer([{ type: 'missing', loc: ['body', name], msg: 'Field required', input }]);
}

function ok(body: unknown): HttpAnswer {
  return { status: 200, body };
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
